using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Quotas;

/// <summary>
/// The year of usage that a quota starts from: last year where it is covered well enough, else the twelve latest whole
/// months.
/// </summary>
/// <param name="Amount">For a whole year; null exactly when <paramref name="Reason"/> is not.</param>
/// <param name="First">First local day of that year of usage; <paramref name="End"/> is the day after its last.</param>
/// <param name="Coverage">Share, 0 to 1, of it over which usage was known; the rest was taken at the same rate.</param>
/// <param name="Months">Usage by calendar month, January first; null where a month is not covered.</param>
public sealed record QuotaBase(
    double? Amount, DateOnly First, DateOnly End, double Coverage, IReadOnlyList<double?> Months, string? Reason)
{
    /// <param name="values">Values of last year and of months, by period name.</param>
    /// <param name="day">
    /// The day the quota is set: a year that is not over by then does not count, nor do months.
    /// </param>
    /// <param name="metered">
    /// Whether anything was metered on a day. Coverage is that of the metered time, so a meter that hangs since autumn
    /// covers "the year" fully with a quarter of its usage: a year counts only where it was metered from its first day.
    /// </param>
    public static QuotaBase Choose(
        int quotaYear, IReadOnlyDictionary<string, IndicatorValue> values, DateOnly day, Func<DateOnly, bool> metered,
        ReportingCalendar calendar)
    {
        var first = new DateOnly(quotaYear - 1, 1, 1);
        var lastYear = values.GetValueOrDefault(calendar.Named(first, Grain.Year).Name);
        if (day >= first.AddYears(1) && Whole(lastYear) is { } amount && amount > 0 && metered(first))
            return new(amount, first, first.AddYears(1), lastYear!.Coverage, ByMonth(first, values, calendar), null);
        var latest = new DateOnly(day.Year, day.Month, 1).AddYears(-1);
        var rolling = ByMonth(latest, values, calendar);
        if (rolling.All(month => month is not null) && rolling.Sum() is > 0 and { } sum && metered(latest))
            return new(sum, latest, latest.AddYears(1), MeanCoverage(latest, values, calendar), rolling, null);
        return new(null, first, first.AddYears(1), lastYear?.Coverage ?? 0, [],
            metered(first) ? WhyNone(lastYear) : MissingReason.NoMeter);
    }

    // A month known to 97 % is counted in full at the rate of its known part.
    static double? Whole(IndicatorValue? value) =>
        value is { Value: { } amount, Coverage: >= Verdict.MinCoverage } ? amount / value.Coverage : null;

    static double?[] ByMonth(DateOnly first, IReadOnlyDictionary<string, IndicatorValue> months,
        ReportingCalendar calendar)
    {
        var amounts = new double?[12];
        for (var day = first; day < first.AddYears(1); day = day.AddMonths(1))
            amounts[day.Month - 1] = Whole(months.GetValueOrDefault(calendar.Named(day, Grain.Month).Name));
        return amounts;
    }

    static double MeanCoverage(DateOnly first, IReadOnlyDictionary<string, IndicatorValue> months,
        ReportingCalendar calendar) =>
        Enumerable.Range(0, 12).Average(month =>
            months[calendar.Named(first.AddMonths(month), Grain.Month).Name].Coverage);

    static string WhyNone(IndicatorValue? lastYear) => lastYear switch
    {
        null => MissingReason.NoData,
        { Value: null } => lastYear.Reason ?? MissingReason.NoData,
        { Coverage: < Verdict.MinCoverage } => MissingReason.LowCoverage,
        _ => MissingReason.BaseZero,
    };
}
