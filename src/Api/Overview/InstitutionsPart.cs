using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Api.Access;
using EnergyWatch.Api.Endpoints;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary>One line for each institution: status, usage of the year, quota, coverage, last reading.</summary>
sealed class InstitutionsPart(VisibleRegistry visible)
{
    /// <summary>What a line shows of the year.</summary>
    public static IReadOnlyCollection<string> Indicators { get; } = [IndicatorKeys.EnergyTotal, IndicatorKeys.EnergyPerArea];

    public IReadOnlyList<InstitutionLine> Of(
        IndicatorLookup indicators, NamedPeriod year, IReadOnlyList<QuotaProgress> quotas, IReadOnlyDictionary<MeterId, MeterSight> sights)
    {
        var quota = quotas.Where(progress => progress.Quota.Indicator == IndicatorKeys.EnergyTotal)
            .ToDictionary(progress => progress.Quota.Institution);
        var meters = visible.Snapshot.Meters.ToLookup(meter => meter.Shown(visible.Today).Institution);
        return [.. visible.Snapshot.Institutions
            .Where(institution => institution.Facts.At(visible.Today) is not null)
            .Select(institution => Line(institution, indicators, year, quota.GetValueOrDefault(institution.Code), [.. meters[institution.Code].Where(meter => sights.ContainsKey(meter.Id)).Select(meter => sights[meter.Id])]))];
    }

    InstitutionLine Line(
        Institution institution, IndicatorLookup indicators, NamedPeriod year, QuotaProgress? quota, IReadOnlyList<MeterSight> sights)
    {
        var facts = institution.Shown(visible.Today);
        var energy = indicators.Metric(institution.Code, IndicatorKeys.EnergyTotal, year);
        var (status, reason) = Status(energy, quota);
        return new InstitutionLine(
            institution.Code, facts.Name, facts.Type, facts.System, status, reason, energy,
            indicators.Metric(institution.Code, IndicatorKeys.EnergyPerArea, year), QuotaOf(quota),
            energy.V is null ? null : energy.Q.Coverage, sights.Max(sight => sight.LastReadingAt));
    }

    // Without a verdict there is no status: a school whose data is missing is not over its quota.
    static (string Status, string? Reason) Status(Metric energy, QuotaProgress? quota) => (energy.V, quota?.Status) switch
    {
        (null, _) => ("nodata", energy.Q.Reason),
        (_, QuotaStatus.Over) => ("over", null),
        (_, QuotaStatus.Near) when AheadOfPace(quota!) => ("warn", null),
        (_, QuotaStatus.Unknown) => ("nodata", quota!.Reason),
        _ when energy.Q.Coverage < Verdict.MinCoverage => ("nodata", MissingReason.LowCoverage),
        _ => ("ok", null),
    };

    /// <summary>Past 80 % and faster than the year: in autumn everybody is past 80 %, and it says nothing of who will run out.</summary>
    public static bool AheadOfPace(QuotaProgress quota) => quota.Share > quota.PaceShare;

    static QuotaLine? QuotaOf(QuotaProgress? quota) =>
        quota is null ? null : new QuotaLine(quota.Quota.Amount, quota.Quota.Unit, quota.Share, quota.PaceShare);
}
