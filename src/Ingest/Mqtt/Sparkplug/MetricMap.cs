using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// Which metrics are quantities of ours: data (<c>seeds/dialects/sparkplug/metrics.yaml</c>), since the specification
/// leaves names and units to the maker. The first line that fits counts. A unit is never guessed: watts and kilowatts
/// are both common.
/// </summary>
sealed class MetricMap(
    IReadOnlyList<MetricMap.Line> lines, IReadOnlyDictionary<string, string> units, IReadOnlyList<byte[]> unitKeys)
{
    public const string MeterLevel = "{meter}";

    /// <param name="Name">The metric's name; one level of it may be <c>{meter}</c>, the name of a meter.</param>
    /// <param name="Unit">The unit of a metric that tells none; null where nobody knows it.</param>
    public sealed record Line(string Name, Quantity Quantity, string? Unit)
    {
        readonly string[] _levels = Name.Split('/');

        public bool Fits(ReadOnlySpan<char> name, out string? meter)
        {
            meter = null;
            var level = 0;
            foreach (var range in name.Split('/'))
            {
                if (level == _levels.Length) return false;
                var part = name[range];
                if (_levels[level] == MeterLevel) meter = part.ToString();
                else if (!part.Equals(_levels[level], StringComparison.OrdinalIgnoreCase)) return false;
                level++;
            }
            return level == _levels.Length && meter is not "";
        }
    }

    public static MetricMap Empty { get; } = new([], new Dictionary<string, string>(), []);

    /// <summary>The definition that a metric of a birth gives.</summary>
    public MetricDefinition Define(string name, in SparkplugMetric metric)
    {
        foreach (var line in lines)
        {
            if (!line.Fits(name, out var meter)) continue;
            var canonical = line.Quantity.Unit();
            var unit = UnitOf(metric) ?? line.Unit ?? OwnUnit(name, line.Quantity);
            var conversion = UnitConversion.Same;
            var fault = unit is null ? $"it says no unit, and its line in the map gives none of {Allowed(canonical)}"
                : UnitConversion.TryFind(units.GetValueOrDefault(unit, unit), canonical, out conversion) ? null
                : $"its unit {Shown.Text(unit)} is none of {Allowed(canonical)}";
            return new MetricDefinition(
                name, metric.Type ?? MetricType.Unknown, line.Quantity, conversion, meter, fault);
        }
        return MetricDefinition.NotOurs;
    }

    /// <summary>True where a metric of this name would be one of ours.</summary>
    public bool Means(ReadOnlySpan<char> name)
    {
        foreach (var line in lines)
            if (line.Fits(name, out _)) return true;
        return false;
    }

    // Who writes our name of a quantity means our unit of it; and what has no unit tells none.
    static string? OwnUnit(string name, Quantity quantity) =>
        quantity.Unit() == "1" || name[(name.LastIndexOf('/') + 1)..] == quantity.Key() ? quantity.Unit() : null;

    static string Allowed(string canonical) => string.Join(", ", UnitConversion.UnitsFor(canonical));

    string? UnitOf(in SparkplugMetric metric)
    {
        foreach (var key in unitKeys)
            if (metric.Properties.TryFind(key, out var value) && !value.Text.IsEmpty)
                return Encoding.UTF8.GetString(value.Text).Trim();
        return null;
    }
}
