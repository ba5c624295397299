using EnergyWatch.Api.Endpoints;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary>Indicator values of some scopes and periods, read in one query, given out as metrics.</summary>
sealed class IndicatorLookup
{
    readonly Dictionary<(string Scope, string Indicator, string Period), IndicatorValue> _values;
    readonly Versions _versions;
    readonly Instant _now;

    IndicatorLookup(IReadOnlyList<IndicatorValue> values, Caliber caliber, long registry, Instant now)
    {
        _values = values.ToDictionary(value => (value.Scope, value.Indicator, value.Period));
        _versions = new Versions(caliber.Id, registry);
        _now = now;
    }

    public static async Task<IndicatorLookup> ReadAsync(
        IIndicatorStore store, Caliber caliber, IReadOnlyCollection<string> scopes, IReadOnlyCollection<string> periods, Snapshot at, CancellationToken stop) =>
        new(await store.FindAsync(scopes, periods, caliber.Id, null, stop), caliber, at.Registry, at.Now);

    public IndicatorValue? Value(string scope, string indicator, string period) => _values.GetValueOrDefault((scope, indicator, period));

    /// <summary>The metric; what was never computed is missing for want of data.</summary>
    public Metric Metric(string scope, string indicator, NamedPeriod period) =>
        Value(scope, indicator, period.Name) is { } value
            ? Endpoints.Metric.Of(value, period)
            : Endpoints.Metric.Missing(IndicatorKeys.Units[indicator], MissingReason.NoData, _now, period.Period, _versions);

    /// <summary>The moment and the registry that a lookup is made for.</summary>
    public readonly record struct Snapshot(long Registry, Instant Now);
}
