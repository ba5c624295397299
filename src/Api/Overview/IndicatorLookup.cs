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

    /// <summary>All indicators of one scope for these periods, and some of its institutions for one: what a screen of many rows needs of each.</summary>
    public static async Task<IndicatorLookup> ReadAsync(
        IIndicatorStore store, Caliber caliber, string scope, IReadOnlyCollection<string> periods, Rows? rows, Snapshot at, CancellationToken stop)
    {
        var values = await store.FindAsync([scope], periods, caliber.Id, null, stop);
        if (rows is not null) values = [.. values, .. await store.FindAsync(rows.Institutions, [rows.Period], caliber.Id, rows.Indicators, stop)];
        return new IndicatorLookup([.. values.DistinctBy(value => value.Id)], caliber, at.Registry, at.Now);
    }

    public IndicatorValue? Value(string scope, string indicator, string period) => _values.GetValueOrDefault((scope, indicator, period));

    /// <summary>The metric; what was never computed is missing for want of data.</summary>
    public Metric Metric(string scope, string indicator, NamedPeriod period) =>
        Value(scope, indicator, period.Name) is { } value
            ? Endpoints.Metric.Of(value, period)
            : Endpoints.Metric.Missing(IndicatorKeys.Units[indicator], MissingReason.NoData, _now, period.Period, _versions);

    public sealed record Rows(IReadOnlyCollection<string> Institutions, string Period, IReadOnlyCollection<string> Indicators);

    /// <summary>The moment and the registry that a lookup is made for.</summary>
    public readonly record struct Snapshot(long Registry, Instant Now);
}
