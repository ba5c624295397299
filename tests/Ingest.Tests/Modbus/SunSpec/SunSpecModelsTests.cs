using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus.SunSpec;

public sealed class SunSpecModelsTests
{
    static readonly RegisterMaps Maps = RegisterMaps.Load([Repository.PathOf("seeds", "models")]);

    [Fact]
    public void Every_promised_SunSpec_model_is_read_by_the_shipped_files()
    {
        Assert.Empty(Maps.Faults);
        Assert.Equal([101, 102, 103, 111, 112, 113, 701, 160], Ids("sunspec-inverter"));
        Assert.Equal([201, 202, 203, 204, 211, 212, 213, 214], Ids("sunspec-meter"));
        Assert.All(["sunspec-inverter", "sunspec-meter"], id => Assert.Equal([40000, 50000, 0], Maps.Find(id)!.SunSpec!.Bases.Select(at => (int)at)));
    }

    [Fact]
    public void Each_of_them_proves_itself_with_a_maximum_a_negative_and_a_sentinel()
    {
        var results = Maps.SelfTests();
        foreach (var definition in Maps.All.SelectMany(map => map.SunSpec?.Definitions ?? []))
        {
            var kinds = results.Where(result => result.Model == definition.Registers.Id).Select(result => result.Kind).ToHashSet();
            Assert.Contains(SelfTestKind.Maximum, kinds);
            Assert.Contains(SelfTestKind.Sentinel, kinds);
            Assert.Equal(definition.Registers.Points.Any(point => point.Format.IsSigned), kinds.Contains(SelfTestKind.Negative));
        }
    }

    [Theory]
    [InlineData("bases: []", "bases: there must be at least one")]
    [InlineData("bases: [65533]", "bases: a chain begins at register 65532 or before")]
    [InlineData("bases: [40000, 65535]", "bases: a chain begins at register 65532 or before")]
    [InlineData("ids: [1]", "ids: must hold at least one id, above 1")]
    [InlineData("ids: [65535]", "ids: must hold whole numbers up to 0xFFFE")]
    [InlineData("address: 1,", "points: power lies on the id or the length of its model")]
    [InlineData("address: 130,", "points: power ends 131 registers behind its model's id, more than one read may bring")]
    [InlineData("scale_factor: 125,", "points: power ends 126 registers behind its model's id, more than one read may bring")]
    [InlineData("unit: V }", "unit: 'V' is no unit of power")]
    [InlineData("unit: W, period_s: 900 }", "points: power is read with all others of its model and has no period of its own")]
    [InlineData("register: input, unit: W }", "points: power must be a holding register, as all of SunSpec")]
    [InlineData("value: 0.002,", "self_tests power: 0001 0000 reads 0.001, expected is 0.002")]
    [InlineData("extends: true", "models: there must be one that extends no other")]
    [InlineData("again: 1", "again: is not a known key")]
    [InlineData("twice", "models: power is given twice for model 203")]
    public void A_definition_that_cannot_be_read_is_refused_with_its_place(string change, string expected)
    {
        var faults = new List<DefinitionFault>();
        Assert.Null(RegisterMapFile.Read("test.yaml", new StringReader(Yaml(change)), faults));
        Assert.Contains(faults, fault => $"{fault.Place.Split('.')[^1]}: {fault.Reason}".StartsWith(expected, StringComparison.Ordinal)
            || $"{fault.Place}: {fault.Reason}".StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void The_same_definition_without_the_change_is_read()
    {
        var faults = new List<DefinitionFault>();
        var map = RegisterMapFile.Read("test.yaml", new StringReader(Yaml("")), faults);
        Assert.Empty(faults);
        Assert.Equal([0x8000UL], map!.SunSpec!.Definitions[0].Registers.Points[0].Invalid);
        Assert.Equal(Quantity.Power, map.SunSpec.Definitions[0].Registers.Points[0].Quantity);
    }

    [Fact]
    public void Points_beside_the_SunSpec_models_and_a_model_without_self_tests_do_not_load()
    {
        var faults = new List<DefinitionFault>();
        var yaml = Yaml("").Replace("sunspec:", "points:\n  - { key: flow, address: 1, type: uint16, unit: m3/h }\nsunspec:", StringComparison.Ordinal);
        Assert.Null(RegisterMapFile.Read("test.yaml", new StringReader(yaml), faults));
        Assert.Contains(faults, fault => fault.Reason == "belong to the models under 'sunspec'");
        faults.Clear();
        var untested = Yaml("")[..Yaml("").IndexOf("      self_tests", StringComparison.Ordinal)];
        Assert.Null(RegisterMapFile.Read("test.yaml", new StringReader(untested), faults));
        Assert.Contains(faults, fault => fault.Reason.Contains("'maximum' is missing", StringComparison.Ordinal));
    }

    static IEnumerable<int> Ids(string id) => Maps.Find(id)!.SunSpec!.Definitions.SelectMany(definition => definition.Ids).Select(one => (int)one);

    static string Yaml(string change)
    {
        string Line(string text, string key) => change.StartsWith(key, StringComparison.Ordinal) ? change : text;
        var power = $"{{ key: power, {Line("address: 18,", "address")} type: int16, {Line("scale_factor: 22,", "scale")} {(change.StartsWith("register", StringComparison.Ordinal) ? change : Line("unit: W }", "unit"))}";
        return $"""
            schema: 1
            id: test
            version: 1
            vendor: Test
            models: [test]
            class: meter
            source: this test
            evidence: example
            sunspec:
              {Line("bases: [40000]", "bases")}
              models:
                - {Line("ids: [203]", "ids")}
                  {Line("extends: false", "extends")}
                  {Line("", "again")}
                  points:
                    - {power}
                    {(change == "twice" ? $"- {power}" : "")}
                  self_tests:
                    - {"{"} key: power, words: [0x0001, 0], {Line("value: 0.001,", "value")} shows: normal {"}"}
                    - {"{"} key: power, words: [0x7FFF, 0], value: 32.767, shows: maximum {"}"}
                    - {"{"} key: power, words: [0xFFFF, 0], value: -0.001, shows: negative {"}"}
                    - {"{"} key: power, words: [0x8000, 0], value: missing, shows: sentinel {"}"}
            """;
    }
}
