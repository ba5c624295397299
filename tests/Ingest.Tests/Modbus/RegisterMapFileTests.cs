using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class RegisterMapFileTests : IDisposable
{
    readonly TempFolder _folder = new();

    /// <summary>A model that loads; tests change a line of it.</summary>
    internal const string Good = """
        schema: 1
        id: good
        version: 1
        vendor: Test
        models: [test]
        class: meter
        source: this test
        evidence: example
        points:
          - { key: energy_import, address: 0, type: uint32, unit: kWh, scale: 0.01, invalid: [0xFFFFFFFF] }
          - { key: power, address: 2, type: int16, unit: W }
        self_tests:
          - { key: energy_import, words: [0x0000, 0x0064], value: 1, shows: maximum }
          - { key: energy_import, words: [0xFFFF, 0xFFFF], value: missing, shows: sentinel }
          - { key: power, words: [0xFFFF], value: -0.001, shows: negative }
        """;

    [Theory]
    [InlineData("schema: 1", "schema: 2", 1, "schema", "whole number from 1 to 1")]
    [InlineData("id: good\n", "", 1, "id", "is missing")]
    [InlineData("version: 1\n", "version: one\n", 3, "version", "whole number")]
    [InlineData("class: meter", "class: toaster", 6, "class", "must be one of meter, inverter, sensor")]
    [InlineData("evidence: example", "evidence: hearsay", 8, "evidence", "must be one of bench_tested, manual, secondary, example")]
    [InlineData("vendor: Test", "vendor: Test\nvendro: Typo", 5, "vendro", "is not a known key")]
    [InlineData("key: power, address", "key: pwoer, address", 11, "points[1].key", "'pwoer' is no quantity")]
    [InlineData("type: int16, unit: W", "type: int16, unit: Wh", 11, "points[1].unit", "'Wh' is no unit of power; allowed are kW, W, MW")]
    [InlineData("type: int16", "type: int12", 11, "points[1].type", "must be one of uint16, int16")]
    [InlineData("address: 2", "address: 65536", 11, "points[1].address", "whole number from 0 to 65535")]
    [InlineData("address: 0, type: uint32", "address: 65535, type: uint32", 10, "points[0].address", "behind register 65535")]
    [InlineData("scale: 0.01", "scale: 0", 10, "points[0].scale", "must not be 0")]
    [InlineData("invalid: [0xFFFFFFFF]", "invalid: [0x1FFFFFFFF]", 10, "points[0].invalid", "up to 0xFFFFFFFF")]
    [InlineData("unit: W }", "unit: W, colour: red }", 11, "points[1].colour", "is not a known key")]
    [InlineData("key: power, address: 2, type: int16, unit: W", "key: energy_import, address: 2, type: int16, unit: kWh", 9, "points", "energy_import is given twice")]
    [InlineData("value: 1,", "value: 2,", 13, "self_tests energy_import", "0000 0064 reads 1, expected is 2")]
    [InlineData("value: missing,", "value: 7,", 14, "self_tests energy_import", "reads missing, expected is 7")]
    [InlineData("[0xFFFF], value", "[0xFFFF, 0], value", 15, "self_tests power", "it takes 1 words, given are 2")]
    [InlineData("shows: negative", "shows: normal", 13, "self_tests", "one that shows 'negative' is missing")]
    [InlineData("shows: sentinel", "shows: normal", 13, "self_tests", "one that shows 'sentinel' is missing")]
    [InlineData("shows: maximum", "shows: normal", 13, "self_tests", "one that shows 'maximum' is missing")]
    [InlineData("value: -0.001", "value: minus", 15, "self_tests[2].value", "must be a number")]
    [InlineData("models: [test]", "models: test", 5, "models", "must be a list")]
    [InlineData("evidence: example", "evidence: example\nlimits: { max_words: 126 }", 9, "limits.max_words", "from 1 to 125")]
    [InlineData(
        "evidence: example", "evidence: example\nlimits: { forbidden: [{ register: holding, first: 3, last: 1 }] }", 9,
        "limits.forbidden[0].last", "must not be before first")]
    [InlineData(
        "evidence: example", "evidence: example\nlimits: { forbidden: [{ register: holding, first: 1, last: 1 }] }", 11,
        "points[0].address", "lies on a forbidden register")]
    [InlineData("scale: 0.01", "scale: 1e-12", 10, "points[0].scale", "must be from 0.000000001 to 1000000000")]
    [InlineData("scale: 0.01", "scale: 1e28", 10, "points[0].scale", "must be from 0.000000001 to 1000000000")]
    [InlineData("scale: 0.01", "scale: 1e99", 10, "points[0].scale", "must be a number")]
    [InlineData("scale: 0.01", "scale: 0.01, offset: -1e13", 10, "points[0].offset", "must be from -1000000000000 to")]
    [InlineData("unit: W }", "unit: W, period_s: 0 }", 11, "points[1].period_s", "whole number from 1 to")]
    [InlineData("unit: W }", "unit: W, optional: maybe }", 11, "points[1].optional", "must be one of true, false")]
    [InlineData("unit: W }", "unit: W, min: 5, max: 4 }", 11, "points[1].max", "must not be less than min")]
    [InlineData("unit: W }", "unit: W, min: low }", 11, "points[1].min", "must be a number")]
    [InlineData("unit: W }", "unit: W, invalid: [-32769] }", 11, "points[1].invalid", "or numbers of the point's type")]
    [InlineData("scale: 0.01, invalid: [0xFFFFFFFF]", "scale: 0.01, invalid: [-1]", 10, "points[0].invalid", "up to 0xFFFFFFFF")]
    [InlineData("scale: 0.01, invalid", "scale: 0.01, mask: 0x0F0F, invalid", 10, "points[0].mask", "one run of ones")]
    [InlineData("scale: 0.01, invalid", "scale: 0.01, mask: 0, invalid", 10, "points[0].mask", "one run of ones")]
    [InlineData("scale: 0.01, invalid", "scale: 0.01, mask: 0x100000000, invalid", 10, "points[0].mask", "up to 0xFFFFFFFF")]
    [InlineData("unit: W }", "unit: W, mask: 0xFF }", 11, "points[1].mask", "unsigned whole number")]
    [InlineData("unit: W }", "unit: W, scale_factor: 65536 }", 11, "points[1].scale_factor", "from 0 to 65535")]
    [InlineData("unit: W }", "unit: W, scale_factor: 500 }", 9, "points", "power takes 499 registers, more than one read may bring (125)")]
    [InlineData("address: 2, type: int16", "sum: [2, 65535], type: int16", 9, "points", "power takes 65534 registers")]
    [InlineData("address: 2, type: int16", "register: coil, address: 2, type: int16", 11, "points[1].type", "of type 'bit', registers are not")]
    [InlineData("type: int16", "type: bit", 11, "points[1].type", "of type 'bit', registers are not")]
    [InlineData("unit: W }", "unit: W, group: a }\n  - { key: flow, address: 9, register: input, unit: m3/h, group: a }", 9, "points", "lies in two tables")]
    [InlineData("evidence: example", "evidence: example\nlimits: { boundaries: [1] }", 10, "points", "energy_import lies on both sides of a boundary")]
    [InlineData("evidence: example", "evidence: example\nlimits: { boundaries: 1 }", 9, "limits.boundaries", "must be a list")]
    [InlineData("evidence: example", "evidence: example\nlimits: { max_bits: 2001 }", 9, "limits.max_bits", "from 1 to 2000")]
    [InlineData("evidence: example", "evidence: example\nlimits: { single_reads: 1 }", 9, "limits.single_reads", "must be one of true, false")]
    [InlineData("evidence: example", "evidence: example\ntiming: { response_timeout_ms: 0 }", 9, "timing.response_timeout_ms", "must not be 0")]
    [InlineData("evidence: example", "evidence: example\ntiming: { max_in_flight: 17 }", 9, "timing.max_in_flight", "from 1 to 16")]
    [InlineData("evidence: example", "evidence: example\ntiming: { close_after_poll: often }", 9, "timing.close_after_poll", "must be one of")]
    [InlineData("evidence: example", "evidence: example\nsetup: [{ register: input, address: 1, value: 1 }]", 9, "setup[0].register", "must be one of holding, coil")]
    [InlineData("evidence: example", "evidence: example\nsetup: [{ address: 1 }]", 9, "setup[0].value", "is missing")]
    [InlineData("evidence: example", "evidence: example\nsetup: [{ address: 1, value: 1, function: 5 }]", 9, "setup[0].function", "must be 6 or 16")]
    [InlineData("evidence: example", "evidence: example\nsetup: [{ address: 1, values: [1, 2], function: 6 }]", 9, "setup[0].function", "must be 16")]
    [InlineData("evidence: example", "evidence: example\nsetup: [{ register: coil, address: 1, value: 2 }]", 9, "setup[0].value", "from 0 to 1")]
    [InlineData("key: energy_import, words: [0x0000, 0x0064], value: 1,", "key: power, words: [0x0001], value: 0.001,", 13, "self_tests", "one of energy_import with a value is missing")]
    [InlineData("models: [test]", "models: [test, [a]]", 5, "models", "must hold texts")]
    [InlineData("models: [test]", "models: [test, { a: b }]", 5, "models", "must hold texts")]
    [InlineData("vendor: Test", "vendor: Test\n? [a]\n: b", 5, "", "a key must be text")]
    [InlineData("unit: W }", "unit: W, ? {a: b} : c }", 11, "points[1]", "a key must be text")]
    [InlineData("evidence: example", "evidence: example\nprobe: { register: coil, address: 1, min: 0, max: 1 }", 9, "probe.register", "a bit is no mark of a model")]
    [InlineData("evidence: example", "evidence: example\nprobe: { address: 65535, type: uint32, min: 0, max: 1 }", 9, "probe.address", "behind register 65535")]
    [InlineData("evidence: example", "evidence: example\nprobe: { address: 1, min: 2, max: 1 }", 9, "probe.max", "must not be less than min")]
    [InlineData("evidence: example", "evidence: example\nprobe: { address: 1, scale: 0, min: 0, max: 1 }", 9, "probe.scale", "must not be 0")]
    [InlineData("evidence: example", "evidence: example\nprobe: { address: 1, type: bcd, min: 0, max: 1 }", 9, "probe.type", "'bcd' is of data items")]
    [InlineData(
        "evidence: example", "evidence: example\nlimits: { max_words: 2 }\nprobe: { address: 9, type: uint64, min: 0, max: 1 }", 10,
        "probe.type", "takes 4 registers, more than one read may bring (2)")]
    [InlineData(
        "evidence: example", "evidence: example\nlimits: { forbidden: [{ register: holding, first: 9, last: 9 }] }\nprobe: { address: 8, type: uint32, min: 0, max: 1 }",
        10, "probe.address", "lies on a forbidden register")]
    [InlineData(
        "evidence: example", "evidence: example\nlimits: { boundaries: [9] }\nprobe: { address: 8, type: uint32, min: 0, max: 1 }", 10, "probe.address",
        "on both sides of a boundary")]
    [InlineData("schema: 1", "schema: &one 1\nversion: *one", 2, "", "references (*) are not taken")]
    [InlineData("schema: 1", "schema: [1", 1, "", "is not readable YAML")]
    [InlineData("id: good", "id: good: better", 2, "", "is not readable YAML")]
    [InlineData("id: good", "id: good\nid: better", 3, "", "is not readable YAML")]
    public void A_bad_model_does_not_load_and_the_fault_names_file_line_and_place(
        string good, string bad, int line, string place, string reason)
    {
        Assert.Contains(good, Good, StringComparison.Ordinal);
        var maps = Load(Good.Replace(good, bad, StringComparison.Ordinal));
        Assert.Null(maps.Find("good"));
        var fault = Assert.Single(maps.Faults, fault => fault.Place == place && fault.Reason.Contains(reason, StringComparison.Ordinal));
        Assert.Equal((_folder.File("model.yaml"), line), (fault.File, fault.Line));
    }

    [Fact]
    public void The_good_one_loads() => Assert.NotNull(Load(Good).Find("good"));

    [Fact]
    public void The_keys_of_a_point_reach_it()
    {
        var map = Load(Good.Replace(
            "unit: W }",
            "unit: W, min: -1, max: 2.5, period_s: 300, optional: true, scale_factor: 3, invalid: [-1, 0x8000] }",
            StringComparison.Ordinal).Replace("words: [0xFFFF], value: -0.001", "words: [0xFFFE, 0x0001], value: -0.02", StringComparison.Ordinal)).Find("good");
        var point = map!.Points[1];
        Assert.Equal(new PlausibleRange(-1, 2.5), point.Plausible);
        Assert.Equal((TimeSpan.FromMinutes(5), true, 3u), (point.Period, point.Optional, point.ScaleFactor));
        Assert.Equal([0xFFFFUL, 0x8000UL], point.Invalid);
        Assert.Equal((2u, 4L), (point.First, point.End));
    }

    [Fact]
    public void A_sum_a_mask_and_the_sentinels_of_a_float_reach_their_points()
    {
        var map = Load(Good
            .Replace("address: 0, type: uint32", "sum: [4, 0, 8], mask: 0x00FFFF00, type: uint32", StringComparison.Ordinal)
            .Replace("address: 2, type: int16, unit: W", "address: 2, type: float32, unit: W, invalid: [-9999.5, 0x7F7FFFFF]", StringComparison.Ordinal)
            .Replace("words: [0x0000, 0x0064]", "words: [0, 0x3C00, 0, 0x1400, 0, 0x1400]", StringComparison.Ordinal)
            .Replace("words: [0xFFFF, 0xFFFF]", "words: [0, 0, 0xFFFF, 0xFFFF, 0, 0]", StringComparison.Ordinal)
            .Replace("words: [0xFFFF], value: -0.001", "words: [0xC447, 0xA000], value: -0.7985", StringComparison.Ordinal)).Find("good");
        Assert.Equal((0u, 10L, 0xFFFF00UL), (map!.Points[0].First, map.Points[0].End, map.Points[0].Mask));
        Assert.Equal([BitConverter.SingleToUInt32Bits(-9999.5f), 0x7F7FFFFFUL], map.Points[1].Invalid);
    }

    [Fact]
    public void Limits_timing_and_setup_reach_the_model()
    {
        var map = Load(Good.Replace("evidence: example", """
            evidence: example
            limits: { max_words: 60, max_hole: 4, max_bits: 32, boundaries: [100, 0x200], single_reads: true }
            timing: { connect_delay_ms: 1, gap_ms: 2, response_timeout_ms: 3, max_in_flight: 4, one_client: true, close_after_poll: true }
            setup:
              - { address: 10, value: 7 }
              - { address: 11, values: [1, 2] }
              - { register: coil, address: 12, value: 1 }
              - { register: coil, address: 13, values: [1, 0, 1], function: 15 }
            """, StringComparison.Ordinal)).Find("good")!;
        Assert.Equal((60, 4, 32, true), (map.Limits.MaxWords, map.Limits.MaxHole, map.Limits.MaxBits, map.Limits.SingleReads));
        Assert.Equal([100u, 0x200u], map.Limits.Boundaries);
        Assert.Equal(new ModbusTiming(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(3), 4), map.Timing);
        Assert.True(map is { OneClient: true, CloseAfterPoll: true });
        Assert.Equal(
            [MeterFunction.WriteRegister, MeterFunction.WriteRegisters, MeterFunction.WriteCoil, MeterFunction.WriteCoils],
            map.Setup.Select(write => write.Write));
        Assert.Equal(["0007", "00010002", "FF00", "05"], map.Setup.Select(write => Convert.ToHexString(write.For(9).Values.Span)));
    }

    [Theory]
    [InlineData("00010002", true)]
    [InlineData("00010003", false)]
    public void A_setup_is_written_only_where_the_meter_holds_something_else(string held, bool same)
    {
        var write = new SetupWrite(MeterFunction.HoldingRegisters, MeterFunction.WriteRegisters, 11, [1, 2]);
        Assert.Equal(new MeterRequest(9, MeterFunction.HoldingRegisters, 11, 2), write.ReadBack(9));
        Assert.Equal(same, write.IsHeldBy(Convert.FromHexString(held)));
        Assert.True(new SetupWrite(MeterFunction.Coils, MeterFunction.WriteCoils, 0, [1, 0, 1]).IsHeldBy([0xFD]));
        Assert.False(new SetupWrite(MeterFunction.Coils, MeterFunction.WriteCoils, 0, [1, 1, 1]).IsHeldBy([0xFD]));
    }

    [Fact]
    public void Json_and_yml_are_models_too_and_other_files_are_not()
    {
        File.WriteAllText(_folder.File("a.yml"), Good);
        File.WriteAllText(_folder.File("notes.txt"), "not a model");
        File.WriteAllText(_folder.File("b.json"), """
            {"schema": 1, "id": "from-json", "version": 1, "vendor": "Test", "models": ["test"], "class": "meter", "source": "this test",
             "evidence": "example", "points": [{"key": "power", "address": "0x10", "type": "uint16", "unit": "kW"}],
             "self_tests": [{"key": "power", "words": [7], "value": 7, "shows": "maximum"}]}
            """);
        var maps = RegisterMaps.Load([_folder.Path]);
        Assert.Empty(maps.Faults);
        Assert.Equal(["from-json", "good"], maps.All.Select(map => map.Id));
        Assert.Equal(16u, maps.Find("from-json")!.Points[0].Address);
    }

    [Fact]
    public void All_faults_of_a_file_are_told_at_once()
    {
        var maps = Load(Good.Replace("class: meter", "class: x", StringComparison.Ordinal).Replace("unit: W }", "unit: V }", StringComparison.Ordinal));
        Assert.Equal(["class", "points[1].unit"], maps.Faults.Select(fault => fault.Place));
    }

    [Fact]
    public void A_model_without_self_tests_does_not_load()
    {
        var maps = Load(Good[..Good.IndexOf("self_tests", StringComparison.Ordinal)]);
        Assert.Null(maps.Find("good"));
        Assert.Equal(4, maps.Faults.Count);
    }

    [Fact]
    public void A_model_of_data_items_reads_each_item_once_and_its_values_from_their_place()
    {
        var maps = Load(Items);
        Assert.Empty(maps.Faults);
        var map = maps.Find("items")!;
        Assert.Equal(MeterProtocol.Cjt188, map.Protocol);
        var block = Assert.Single(ReadPlan.For(map).Blocks);
        var request = new MeterRequest(0x12, MeterFunction.DataItem, 0x20901F, 19) { Protocol = MeterProtocol.Cjt188 };
        Assert.Equal(request, block.For(0x12));
        Assert.Equal(5, maps.SelfTests().Count);
        byte[] unknown = [0, 0, 0, 0x99, 0, 1, 0, 0, 0x2C, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.False(RegisterDecoder.TryDecode(map.Points[0], unknown, out _));
        Assert.Contains("99h, which is not known", RegisterDecoder.Fault(map.Points[0], unknown), StringComparison.Ordinal);
        unknown[3] = 0x2C;
        Assert.Contains("m3 (code 2Ch), which is no unit of heat", RegisterDecoder.Fault(map.Points[0], unknown), StringComparison.Ordinal);
        Assert.Null(RegisterDecoder.Fault(map.Points[1], unknown));
        Assert.Equal("data item 901F", block.ToString());
    }

    [Theory]
    [InlineData("protocol: cjt188", "protocol: cjt", "protocol", "must be one of modbus, dlt645_1997")]
    [InlineData("meter_type: 0x20", "notes: none", "meter_type", "is missing")]
    [InlineData("item: 0x901F, at: 0", "address: 1", "points[0].item", "is missing")]
    [InlineData("item: 0x901F, at: 0", "item: 0x1901F, at: 0", "points[0].item", "from 0 to 65535")]
    [InlineData("bytes: 3, unit_code", "bytes: 9, unit_code", "points[0].bytes", "from 1 to 8")]
    [InlineData("unit_code_at: 3", "unit: m3", "points[0].unit", "is no unit of heat")]
    [InlineData("unit_code_at: 3", "unit_code_at: 3, group: a", "points[0].group", "is not a known key")]
    [InlineData("key: volume, ", "key: irradiance, ", "points[1].unit_code_at", "no unit code of CJ/T 188 is a unit of irradiance")]
    [InlineData("item_bytes: 19", "item_bytes: 3", "points[1].item_bytes", "from 8 to 196")]
    [InlineData("[0x00, 0x00, 0x80, 0x05,", "[", "self_tests heat", "the item takes 19 bytes, given are 15")]
    [InlineData("protocol: cjt188", "protocol: modbus", "meter_type", "is not a known key")]
    [InlineData("meter_type: 0x20", "meter_type: 0x20\nlimits: { max_words: 60 }", "limits", "is not a known key")]
    public void A_bad_model_of_data_items_does_not_load(string good, string bad, string place, string reason)
    {
        Assert.Contains(good, Items, StringComparison.Ordinal);
        var faults = Load(Items.Replace(good, bad, StringComparison.Ordinal)).Faults;
        Assert.Contains(faults, fault => fault.Place == place && fault.Reason.Contains(reason, StringComparison.Ordinal));
    }

    const string Items = """
        schema: 1
        id: items
        version: 1
        vendor: Test
        models: [test]
        class: meter
        source: this test
        evidence: example
        protocol: cjt188
        meter_type: 0x20
        defaults: { type: bcd }
        points:
          - { key: heat, item: 0x901F, at: 0, bytes: 3, unit_code_at: 3, scale: 0.01, signed: true }
          - { key: volume, item: 0x901F, at: 4, bytes: 4, unit_code_at: 8, scale: 0.01, item_bytes: 19 }
        self_tests:
          - { key: heat, bytes: [0x00, 0x10, 0x00, 0x08, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], value: 36 }
          - { key: heat, bytes: [0x00, 0x00, 0x80, 0x05, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], value: 0 }
          - { key: heat, bytes: [0x00, 0x10, 0x80, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], value: -10, shows: negative }
          - { key: volume, bytes: [0, 0, 0, 0, 0x99, 0x99, 0x99, 0x99, 0x2C, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], value: 999999.99, shows: maximum }
          - { key: volume, bytes: [0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x2C, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], value: missing, shows: sentinel }
        """;

    [Fact]
    public void A_bad_file_harms_no_other_and_a_users_model_replaces_a_shipped_one()
    {
        using var user = new TempFolder();
        File.WriteAllText(_folder.File("a.yaml"), Good);
        File.WriteAllText(_folder.File("b.yaml"), "not a model");
        File.WriteAllText(user.File("mine.yaml"), Good.Replace("vendor: Test", "vendor: Mine", StringComparison.Ordinal));
        var maps = RegisterMaps.Load([_folder.Path, user.Path, user.File("nowhere")]);
        Assert.Equal("Mine", maps.Find("good")!.Vendor);
        Assert.Equal([new ReplacedModel("good", _folder.File("a.yaml"), user.File("mine.yaml"))], maps.Replaced);
        Assert.Equal([_folder.File("b.yaml"), user.File("nowhere")], maps.Faults.Select(fault => fault.File));
    }

    [Fact]
    public void Two_models_of_one_id_in_one_folder_are_a_fault()
    {
        File.WriteAllText(_folder.File("a.yaml"), Good);
        File.WriteAllText(_folder.File("b.yaml"), Good);
        var fault = Assert.Single(RegisterMaps.Load([_folder.Path]).Faults);
        Assert.Contains("already defined in", fault.Reason, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    RegisterMaps Load(string yaml)
    {
        File.WriteAllText(_folder.File("model.yaml"), yaml);
        return RegisterMaps.Load([_folder.Path]);
    }
}
