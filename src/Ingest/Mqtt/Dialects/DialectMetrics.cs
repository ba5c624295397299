using Metrics = System.Diagnostics.Metrics;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>What dialects leave out, counted by dialect: none of it is a reading, and none of it is refused. And where they
/// fail.</summary>
static class DialectMetrics
{
    static readonly Metrics.Meter Meter = new("EnergyWatch.Ingest");

    static readonly Metrics.Counter<long> Unmapped = Meter.CreateCounter<long>(
        "energywatch_dialect_unmapped_total", description: "Values whose key is neither mapped nor ignored");

    static readonly Metrics.Counter<long> Ageless = Meter.CreateCounter<long>(
        "energywatch_dialect_ageless_total", description: "Items that a broker had kept and that have no time of their own");

    static readonly Metrics.Counter<long> Marked = Meter.CreateCounter<long>(
        "energywatch_dialect_marked_total", description: "Items of which the gateway says that they cannot be relied on");

    static readonly Metrics.Counter<long> Defects = Meter.CreateCounter<long>(
        "energywatch_dialect_defects_total", description: "Messages at which a dialect failed, all of them in the quarantine");

    public static void Failed(string dialect) => Defects.Add(1, new KeyValuePair<string, object?>("dialect", dialect));

    public static void LeftUnmapped(string dialect) => Unmapped.Add(1, new KeyValuePair<string, object?>("dialect", dialect));

    public static void LeftAgeless(string dialect) => Ageless.Add(1, new KeyValuePair<string, object?>("dialect", dialect));

    public static void LeftMarked(string dialect) => Marked.Add(1, new KeyValuePair<string, object?>("dialect", dialect));
}
