using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>Models for tests, through the same reader as files.</summary>
static class Models
{
    /// <summary>Points as <c>key:address:type</c>, in the canonical unit, on holding registers.</summary>
    public static RegisterMap Of(string points, string id = "test")
    {
        var faults = new List<DefinitionFault>();
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
        var tests = cells.Where((cell, i) => i == 0 || Quantities.TryParse(cell[0], out var quantity) && quantity.Info().Kind == QuantityKind.Counter)
            .Select(cell => $"  - {{ key: {cell[0]}, words: [{One(cell[2])}], value: 1, shows: maximum }}");
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
            {string.Join('\n', tests)}
            """;
    }

    // The number 1 in registers of this type.
    static string One(string type) => type switch
    {
        "float32" => "0x3F80, 0",
        "uint16" or "int16" or "bcd16" => "1",
        "uint32" or "int32" or "bcd32" => "0, 1",
        _ => "0, 0, 0, 1",
    };
}
