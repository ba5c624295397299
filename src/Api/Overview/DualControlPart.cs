using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Api.Endpoints;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary>Are we on course: each dual-control indicator against its target of the year, the seasonal pace and the projection.</summary>
static class DualControlPart
{
    static readonly string[] Shown =
        [IndicatorKeys.EnergyTotal, IndicatorKeys.EnergyPerArea, IndicatorKeys.EnergyPerHead, IndicatorKeys.CarbonPerArea, IndicatorKeys.WaterPerHead];

    /// <summary>A line for each indicator that has a target, and for those that an officer expects to see without one.</summary>
    public static IReadOnlyList<DualControlLine> Of(
        IndicatorLookup indicators, string scope, IReadOnlyList<Target> targets, NamedPeriod year, ReportingCalendar calendar, DateOnly today)
    {
        var keys = Shown.Concat(targets.Select(target => target.Indicator)).Distinct();
        return [.. keys.Select(key => Line(indicators, scope, key, targets.FirstOrDefault(target => target.Indicator == key), year, calendar, today))];
    }

    static DualControlLine Line(
        IndicatorLookup indicators, string scope, string key, Target? target, NamedPeriod year, ReportingCalendar calendar, DateOnly today)
    {
        var value = indicators.Metric(scope, key, year);
        if (target is null) return new DualControlLine(key, value, null, null, null, null, "unknown", MissingReason.NotApproved);
        // A cap is what the whole county may not exceed; it says nothing about a part of it.
        if (target.Cap is not null && scope != Scope.County.Text)
            return new DualControlLine(key, value, null, null, null, null, "unknown", MissingReason.NotApplicable);
        var standing = TargetProgress.Of(
            target, indicators.Value(scope, key, year.Name), indicators.Value(scope, key, $"{target.BaseYear:0000}"),
            Months(indicators, scope, key, year, calendar), Months(indicators, scope, key, calendar.Named(year.FirstDay.AddYears(-1), Grain.Year), calendar), today);
        return new DualControlLine(
            key, value, new TargetAnswer(standing.Limit, value.U, target.BaseYear, target.ReductionPercent, target.Source), standing.UsedShare,
            standing.PaceShare, ProjectionOf(standing), standing.Status.ToString().ToLowerInvariant(), Reason(standing, value));
    }

    static Projection? ProjectionOf(TargetStanding standing) =>
        standing.Projected is { } mid ? new Projection(standing.Low ?? mid, mid, standing.High ?? mid) : null;

    static string? Reason(TargetStanding standing, Metric value) => standing.Status != ProgressStatus.Unknown ? null
        : standing.Reason ?? (value.Q.Coverage < Verdict.MinCoverage ? MissingReason.LowCoverage : MissingReason.NoData);

    static List<double?> Months(IndicatorLookup indicators, string scope, string key, NamedPeriod year, ReportingCalendar calendar) =>
        [.. Enumerable.Range(0, 12).Select(month => Known(indicators.Value(scope, key, calendar.Named(year.FirstDay.AddMonths(month), Grain.Month).Name)))];

    // A month of which little is known would bend the pace of the whole year.
    static double? Known(IndicatorValue? month) => month is not null && Verdict.IsDue(month) ? month.Value : null;
}
