using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>Models for tests, through the same reader as files.</summary>
static class Models
{
    /// <summary>Points as <c>key:address:type</c>, in the canonical unit, on holding registers.</summary>
    public static RegisterMap Of(string points, string id = "test")
    {
        var faults = new List<ModelFault>();
        var map = RegisterMapFile.Read($"{id}.yaml", new StringReader(Yaml(points, id)), faults);
        Assert.Empty(faults);
        return map!;
    }

    public static string Yaml(string points, string id = "test")
    {
        var cells = points.Split(' ').Select(point => point.Split(':')).ToList();
        var lines = cells.Select(cell =>
        {
            var unit = Quantities.TryParse(cell[0], out var quantity) ? quantity.Unit() : "?";
            return $"  - {{ key: {cell[0]}, address: {cell[1]}, type: {cell[2]}, unit: \"{unit}\" }}";
        });
        return $"""
            schema: 1
            id: {id}
            version: 1
            vendor: Test
            models: [test]
            class: meter
            source: this test
            evidence: example
            points:
            {string.Join('\n', lines)}
            self_tests:
              - {"{"} key: {cells[0][0]}, words: [0x0001], value: 1, shows: maximum {"}"}
            """;
    }
}
