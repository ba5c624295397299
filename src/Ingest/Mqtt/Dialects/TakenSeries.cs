using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>What one message said already: a second value of the same moment would silently take the place of the
/// first.</summary>
sealed class TakenSeries
{
    readonly Dictionary<(SeriesKey Series, Instant At), double> _values = [];

    public void Clear() => _values.Clear();

    /// <summary>The other value that it said of this series at this moment; null where this is the first, or the
    /// same.</summary>
    public double? OtherThan(double value, SeriesKey series, Instant at) =>
        _values.TryAdd((series, at), value) || _values[(series, at)].Equals(value) ? null : _values[(series, at)];
}
