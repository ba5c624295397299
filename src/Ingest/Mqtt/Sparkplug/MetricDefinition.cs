using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// What a birth said of a metric, as far as it is a quantity of ours: decided once, so that data need no more than a
/// look-up. One object stands for all metrics that are none.
/// </summary>
/// <param name="Meter">The name that the meter goes by on this gateway; null for the meter of the scope.</param>
/// <param name="Fault">Why no value of it can be taken, or null.</param>
sealed record MetricDefinition(
    string Name, MetricType Type, Quantity Quantity, UnitConversion Conversion, string? Meter = null, string? Fault = null)
{
    public static MetricDefinition NotOurs { get; } = new("", MetricType.Unknown, default, UnitConversion.Same);

    public bool IsOurs => Quantity != default;
}
