using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>Reads one model file. The keys are described in <c>seeds/models/README.md</c>.</summary>
static class RegisterMapFile
{
    const int Schema = 1;

    static readonly Dictionary<string, MeterFunction> Registers = new()
    {
        ["holding"] = MeterFunction.HoldingRegisters, ["input"] = MeterFunction.InputRegisters,
    };

    static readonly Dictionary<string, RegisterType> Types = Enum.GetValues<RegisterType>().ToDictionary(Name);
    static readonly Dictionary<string, MeterClass> Classes = Enum.GetValues<MeterClass>().ToDictionary(Name);
    static readonly Dictionary<string, SelfTestKind> Kinds = Enum.GetValues<SelfTestKind>().ToDictionary(Name);
    static readonly Dictionary<string, bool> YesNo = new() { ["true"] = true, ["false"] = false };
    static readonly Dictionary<string, bool> Orders = new() { ["big"] = false, ["little"] = true };

    static readonly Dictionary<string, Evidence> Proofs = new()
    {
        ["bench_tested"] = Evidence.BenchTested, ["manual"] = Evidence.Manual, ["secondary"] = Evidence.Secondary, ["example"] = Evidence.Example,
    };

    /// <summary>The model, or null with at least one fault added.</summary>
    public static RegisterMap? Read(string file, TextReader text, List<ModelFault> faults)
    {
        var before = faults.Count;
        var stream = new YamlStream();
        try
        {
            stream.Load(text);
        }
        catch (Exception fault)
        {
            // The parser also throws what it did not mean to; whatever a file holds, it must not harm its neighbours.
            var line = fault is YamlException { Start.Line: var at } ? (int)at : 1;
            faults.Add(new ModelFault(file, line, "", $"is not readable YAML: {fault.Message}"));
            return null;
        }
        if (stream.Documents is not [{ RootNode: YamlMappingNode root }])
        {
            faults.Add(new ModelFault(file, 1, "", "must hold one model as keys and values"));
            return null;
        }
        var node = new ModelNode(root, file, "", faults);
        var map = Map(node, file);
        if (faults.Count == before) faults.AddRange(ModelSelfTests.Faults(map));
        return faults.Count == before ? map : null;
    }

    static RegisterMap Map(ModelNode node, string file)
    {
        node.Whole("schema", Schema, Schema);
        var (limits, defaults, items) = (Limits(node), node.Child("defaults"), DataItems.Of(node));
        var map = new RegisterMap
        {
            Id = node.Text("id"),
            Version = (int)node.Whole("version", 1, int.MaxValue),
            Vendor = node.Text("vendor"),
            Models = node.Texts("models"),
            Class = node.OneOf("class", Classes),
            Source = node.Text("source"),
            Evidence = node.OneOf("evidence", Proofs),
            Notes = node.OptionalText("notes"),
            Protocol = items?.Protocol ?? MeterProtocol.Modbus,
            Timing = Timing(node, out var oneClient),
            OneClient = oneClient,
            Limits = limits,
            Points = DataItems.WithItemBytes(
                [.. node.Children("points").Select(point => Point(point, defaults, limits, items)).OfType<RegisterPoint>()]),
            Probe = items is null && node.Child("probe") is { } probe ? Probe(probe, defaults) : null,
            SelfTests = [.. node.Children("self_tests").Select(Test).OfType<SelfTest>()],
            File = file,
        };
        if (map.Points.Count == 0) node.Fault("points", "there must be at least one");
        foreach (var twice in map.Points.GroupBy(point => point.Quantity).Where(group => group.Count() > 1))
            node.Fault("points", $"{twice.Key.Key()} is given twice");
        foreach (var block in ReadPlan.For(map.Points, limits).Blocks.Where(block => items is null && block.Count > limits.MaxWords))
            node.Fault("points", $"the group of {block.Points[0].Quantity.Key()} takes {block.Count} registers, more than one read may bring");
        defaults?.Finish();
        node.Finish();
        return map;
    }

    static ModbusTiming Timing(ModelNode node, out bool oneClient)
    {
        oneClient = false;
        if (node.Child("timing") is not { } timing) return ModbusTiming.Default;
        oneClient = timing.OneOf("one_client", YesNo, false);
        var read = new ModbusTiming(Ms(timing, "connect_delay_ms", 0), Ms(timing, "gap_ms", 0), Ms(timing, "response_timeout_ms", 1000));
        timing.Finish();
        return read;
    }

    static TimeSpan Ms(ModelNode node, string key, long absent) => TimeSpan.FromMilliseconds(node.Whole(key, 0, 60_000, absent));

    static ReadLimits Limits(ModelNode node)
    {
        if (node.Child("limits") is not { } limits) return ReadLimits.Default;
        var read = new ReadLimits(
            (int)limits.Whole("max_words", 1, MeterRequest.MaxWords, ReadLimits.Default.MaxWords),
            (int)limits.Whole("max_hole", 0, MeterRequest.MaxWords, ReadLimits.Default.MaxHole),
            [.. limits.Children("forbidden").Select(Range)]);
        limits.Finish();
        return read;
    }

    static RegisterRange Range(ModelNode node)
    {
        var range = new RegisterRange(
            node.OneOf("register", Registers), (ushort)node.Whole("first", 0, ushort.MaxValue), (ushort)node.Whole("last", 0, ushort.MaxValue));
        if (range.Last < range.First) node.Fault("last", "must not be before first");
        node.Finish();
        return range;
    }

    static RegisterPoint? Point(ModelNode node, ModelNode? defaults, ReadLimits limits, DataItems? items)
    {
        var key = node.Text("key");
        if (!Quantities.TryParse(key, out var quantity))
        {
            if (key.Length > 0) node.Fault("key", $"'{key}' is no quantity; known are {string.Join(", ", Quantities.All.Select(q => q.Key))}");
            return null;
        }
        var format = items is null ? Format(node, defaults) : ItemFormat(node, defaults);
        var (scale, offset) = (node.Number("scale", 1), node.Number("offset", 0));
        if (scale == 0) node.Fault("scale", "must not be 0");
        var code = items?.UnitCode(node, quantity, scale == 0 ? 1 : scale, offset);
        var unit = code is null ? node.Text("unit") : quantity.Unit();
        if (!UnitConversion.TryFind(unit, quantity.Unit(), out var conversion))
            node.Fault("unit", $"'{unit}' is no unit of {key}; allowed are {string.Join(", ", UnitConversion.UnitsFor(quantity.Unit()))}");
        if (scale == 0 || conversion.Divide == 0) (scale, conversion) = (1, UnitConversion.Same);
        var point = new RegisterPoint(
            quantity, default, 0, format, Scaling.Of(scale, offset, conversion), unit, node.Wholes("invalid", format.MaxRaw),
            items is null ? node.OptionalText("group") : null) { UnitCode = code };
        point = items?.Place(node, point) ?? Place(node, defaults, limits, point);
        node.Finish();
        return point;
    }

    static RegisterPoint Place(ModelNode node, ModelNode? defaults, ReadLimits limits, RegisterPoint point)
    {
        var (function, address) = (Register(node, defaults), node.Whole("address", 0, ushort.MaxValue));
        if (address + point.Format.Words > 65536) node.Fault("address", "the value would end behind register 65535");
        if (limits.Forbidden.Any(range => range.Overlaps(function, (int)address, (int)address + point.Format.Words)))
            node.Fault("address", "lies on a forbidden register");
        return point with { Function = function, Address = (uint)address };
    }

    static RegisterProbe Probe(ModelNode node, ModelNode? defaults)
    {
        var probe = new RegisterProbe(
            Register(node, defaults), (ushort)node.Whole("address", 0, ushort.MaxValue), Format(node, defaults),
            (double)node.Number("scale", 1), node.Real("min"), node.Real("max"));
        node.Finish();
        return probe;
    }

    static SelfTest? Test(ModelNode node)
    {
        var (key, kind) = (node.Text("key"), node.OneOf("shows", Kinds, SelfTestKind.Normal));
        var words = node.Wholes("words", ushort.MaxValue).Select(word => (ushort)word).ToList();
        var bytes = node.Wholes("bytes", byte.MaxValue).Select(octet => (byte)octet).ToList();
        double? value = node.Text("value") == "missing" ? null : node.Real("value");
        node.Finish();
        if (Quantities.TryParse(key, out var quantity)) return new(quantity, kind, words, value, node.Line) { Bytes = bytes };
        node.Fault("key", $"'{key}' is no quantity");
        return null;
    }

    static MeterFunction Register(ModelNode node, ModelNode? defaults) =>
        node.OneOf("register", Registers, defaults?.OneOf("register", Registers, MeterFunction.HoldingRegisters) ?? MeterFunction.HoldingRegisters);

    static RegisterFormat Format(ModelNode node, ModelNode? defaults)
    {
        var format = new RegisterFormat(
            Type(node, defaults),
            node.OneOf("word_order", Orders, defaults?.OneOf("word_order", Orders, false) ?? false),
            node.OneOf("byte_order", Orders, defaults?.OneOf("byte_order", Orders, false) ?? false));
        if (format.Type == RegisterType.Bcd) node.Fault("type", "'bcd' is of data items; registers hold bcd16, bcd32 or bcd64");
        return format;
    }

    // Data items come low byte first.
    static RegisterFormat ItemFormat(ModelNode node, ModelNode? defaults)
    {
        var format = new RegisterFormat(Type(node, defaults), true, true);
        return format.Type != RegisterType.Bcd ? format : format with
        {
            BcdBytes = (byte)node.Whole("bytes", 1, RegisterFormat.MaxBcdBytes), HasSignBit = node.OneOf("signed", YesNo, false),
        };
    }

    static RegisterType Type(ModelNode node, ModelNode? defaults) =>
        node.OneOf("type", Types, defaults?.OneOf("type", Types, RegisterType.Uint16));

    static string Name<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
