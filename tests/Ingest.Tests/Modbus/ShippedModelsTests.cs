using System.Buffers.Binary;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class ShippedModelsTests
{
    static readonly RegisterMaps Maps = RegisterMaps.Load([Repository.PathOf("seeds", "models")]);

    public static TheoryData<string> Ids => [.. Maps.All.Select(map => map.Id)];

    [Fact]
    public void Every_shipped_model_loads()
    {
        Assert.Empty(Maps.Faults);
        Assert.Equal(Directory.GetFiles(Repository.PathOf("seeds", "models"), "*.yaml").Length, Maps.All.Count);
    }

    [Theory]
    [InlineData("generic-energy-float")]
    [InlineData("eastron-sdm630")]
    [InlineData("eastron-sdm120")]
    [InlineData("chint-dtsu666")]
    [InlineData("chint-ddsu666")]
    [InlineData("acrel-adw300")]
    [InlineData("acrel-adl400")]
    [InlineData("acrel-dtsd1352")]
    [InlineData("huawei-sun2000")]
    [InlineData("sungrow-sg")]
    [InlineData("growatt-tl3x")]
    [InlineData("growatt-tlx")]
    [InlineData("goodwe-dt")]
    [InlineData("generic-water-uint32")]
    [InlineData("generic-heat-uint32")]
    [InlineData("irradiance-sensor")]
    [InlineData("dlt645-2007")]
    [InlineData("dlt645-1997")]
    [InlineData("cjt188-water")]
    [InlineData("cjt188-water-2004")]
    [InlineData("cjt188-heat")]
    [InlineData("cjt188-heat-25")]
    [InlineData("cjt188-heat-2004")]
    [InlineData("cjt188-gas")]
    [InlineData("sunspec-inverter")]
    [InlineData("sunspec-meter")]
    public void The_promised_model_is_there_under_the_name_of_its_file(string id)
    {
        var map = Maps.Find(id);
        Assert.NotNull(map);
        Assert.Equal($"{id}.yaml", Path.GetFileName(map.File));
    }

    [Theory, MemberData(nameof(Ids))]
    public void Every_point_proves_with_a_value_that_it_is_read_right(string id)
    {
        var map = Maps.Find(id)!;
        foreach (var part in map.SunSpec?.Definitions.Select(definition => definition.Registers) ?? [map])
            Assert.Empty(part.Points.Select(point => point.Quantity).Except(part.SelfTests.Where(test => test.Value is not null).Select(test => test.Quantity)));
    }

    /// <summary>Files that say the same of meters which differ in what stands above these lines.</summary>
    [Theory]
    [InlineData("acrel-adl400", "acrel-dtsd1352", "timing:")]
    [InlineData("cjt188-heat", "cjt188-heat-25", "timing:")]
    [InlineData("cjt188-water", "cjt188-gas", "timing:")]
    public void Models_that_are_read_alike_stay_alike(string one, string other, string from)
    {
        Assert.Equal(Rest(one), Rest(other));

        string Rest(string id)
        {
            var text = File.ReadAllText(Maps.Find(id)!.File);
            return text[text.IndexOf($"\n{from}", StringComparison.Ordinal)..];
        }
    }

    [Theory, MemberData(nameof(Ids))]
    public void A_model_names_its_source_and_an_example_is_not_passed_off_as_a_real_one(string id)
    {
        var map = Maps.Find(id)!;
        Assert.Equal(map.Evidence == Evidence.Example, map.Vendor == "Generic");
        Assert.True(map.Source.Length > 20, map.Source);
    }

    [Theory, MemberData(nameof(Ids))]
    public void A_model_says_whether_ratios_are_in_its_numbers(string id)
    {
        if (id.Split('-')[0] is "sunspec" or "dlt645" or "cjt188") return;
        Assert.Contains("Ratios:", Maps.Find(id)!.Notes, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Ids))]
    public void The_readme_lists_the_model_with_its_evidence(string id)
    {
        var evidence = Maps.Find(id)!.Evidence switch { Evidence.BenchTested => "bench_tested", var other => $"{other}".ToLowerInvariant() };
        var row = File.ReadLines(Repository.PathOf("seeds", "models", "README.md"))
            .SingleOrDefault(line => line.StartsWith("| `", StringComparison.Ordinal) && line.Split('|')[1].Contains($"`{id}`", StringComparison.Ordinal));
        Assert.NotNull(row);
        Assert.Contains($"| {evidence} |", row, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Ids))]
    public void The_plan_brings_every_point_within_the_limits(string id)
    {
        var map = Maps.Find(id)!;
        var plan = ReadPlan.For(map);
        Assert.Equal(map.Points.Count, plan.Blocks.Sum(block => block.Points.Count));
        Assert.All(plan.Blocks, block =>
        {
            if (block.Function == MeterFunction.DataItem) return;
            Assert.True(block.Address + block.Count <= 65536, $"{block}");
            Assert.InRange(block.Count, 1, map.Limits.LongestOf(block.Function));
            Assert.DoesNotContain(map.Limits.Boundaries, address => block.Address < address && address < block.Address + block.Count);
            Assert.DoesNotContain(map.Limits.Forbidden, range => range.Overlaps(block.Function, block.Address, block.Address + block.Count));
        });
    }

    [Theory, MemberData(nameof(Ids))]
    public void A_probe_knows_its_own_meter_and_takes_no_other_for_it(string id)
    {
        if (Maps.Find(id)!.Probe is not { } probe) return;
        var matches = Maps.All.Where(map => Matches(probe, Registers(map))).Select(map => map.Id);
        Assert.Equal([id], matches);
    }

    static bool Matches(RegisterProbe probe, Dictionary<(MeterFunction, uint), ushort> meter)
    {
        var registers = new byte[2 * probe.Format.Words];
        for (uint word = 0; word < probe.Format.Words; word++)
        {
            if (!meter.TryGetValue((probe.Function, probe.Address + word), out var held)) return false;
            BinaryPrimitives.WriteUInt16BigEndian(registers.AsSpan(2 * (int)word), held);
        }
        var value = probe.Format.Number(probe.Format.Raw(registers)) * probe.Scale;
        return value >= probe.Min && value <= probe.Max;
    }

    // A meter of the model that holds what the first self-test of each point gives, and refuses what no point names.
    static Dictionary<(MeterFunction, uint), ushort> Registers(RegisterMap map)
    {
        var registers = new Dictionary<(MeterFunction, uint), ushort>();
        foreach (var point in map.Points.Where(point => !point.IsItem))
        {
            if (map.SelfTests.FirstOrDefault(test => test.Quantity == point.Quantity && test.Value is not null) is not { } test) continue;
            for (var word = 0; word < point.Format.Words; word++) registers[(point.Function, point.Address + (uint)word)] = test.Words[word];
        }
        return registers;
    }
}
