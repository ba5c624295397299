using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;
using YamlDotNet.RepresentationModel;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// Reads <c>metrics.yaml</c>: which metric names are which quantities, and how senders write units.
/// </summary>
static class MetricMapFile
{
    const int Schema = 1;

    static readonly Dictionary<string, Quantity> ByKey =
        Quantities.All.ToDictionary(info => info.Key, info => info.Quantity);

    static readonly HashSet<string> KnownUnits =
        [.. Quantities.All.SelectMany(info => UnitConversion.UnitsFor(info.Unit))];

    /// <summary>The map in this file, or null with at least one fault added.</summary>
    public static MetricMap? Load(string path, List<DefinitionFault> faults)
    {
        try
        {
            using var text = new StreamReader(path);
            return Read(path, text, faults);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            faults.Add(new DefinitionFault(path, 0, "", $"cannot be read: {fault.Message}"));
            return null;
        }
    }

    /// <summary>The map, or null with at least one fault added.</summary>
    public static MetricMap? Read(string file, TextReader text, List<DefinitionFault> faults)
    {
        var before = faults.Count;
        if (DefinitionText.Root(file, text, "Sparkplug map", faults) is not { } node) return null;
        node.Whole("schema", Schema, Schema);
        node.OptionalText("notes");
        var units = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (written, unit) in node.Entries("units"))
            if (unit is YamlScalarNode { Value: { } meant } && KnownUnits.Contains(meant)) units[written] = meant;
            else node.Fault("units", $"{written} must be one of {string.Join(", ", KnownUnits)}");
        var keys = node.Texts("unit_properties").Select(Encoding.UTF8.GetBytes).ToList();
        var lines = node.Children("metrics").Select(LineOf).OfType<MetricMap.Line>().ToList();
        node.Finish();
        return faults.Count == before ? new MetricMap(lines, units, keys) : null;
    }

    static MetricMap.Line? LineOf(DefinitionNode node)
    {
        var (name, quantity, unit) = (node.Text("name"), node.OneOf("quantity", ByKey), node.OptionalText("unit"));
        if (unit is not null && quantity != default && !UnitConversion.TryFind(unit, quantity.Unit(), out _))
            node.Fault("unit", $"must be one of {string.Join(", ", UnitConversion.UnitsFor(quantity.Unit()))}");
        if (name.Split('/').Count(level => level == MetricMap.MeterLevel) > 1)
            node.Fault("name", "must hold {meter} once at most");
        node.Finish();
        return quantity == default ? null : new MetricMap.Line(name, quantity, unit);
    }
}
