using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Quotas;

/// <summary>
/// The year of usage that a quota starts from: last year where it is covered well enough, else the twelve latest whole months.
/// </summary>
/// <param name="Amount">For a whole year; null exactly when <paramref name="Reason"/> is not.</param>
/// <param name="First">First local day of that year of usage; <paramref name="End"/> is the day after its last.</param>
/// <param name="Coverage">Share, 0 to 1, of it over which usage was known; the rest was taken at the same rate.</param>
/// <param name="Months">Usage by calendar month, January first; null where a month is not covered.</param>
public sealed record QuotaBase(
    double? Amount, DateOnly First, DateOnly End, double Coverage, IReadOnlyList<double?> Months, string? Reason)
{
    /// <param name="months">Monthly values by period name.</param>
    /// <param name="day">The day the quota is set: months that are not over by then do not count.</param>
    public static QuotaBase Choose(
        int quotaYear, IndicatorValue? lastYear, IReadOnlyDictionary<string, IndicatorValue> months, DateOnly day, ReportingCalendar calendar)
    {
        var first = new DateOnly(quotaYear - 1, 1, 1);
        if (Whole(lastYear) is { } amount && amount > 0)
            return new(amount, first, first.AddYears(1), lastYear!.Coverage, ByMonth(first, months, calendar), null);
        var latest = new DateOnly(day.Year, day.Month, 1).AddYears(-1);
        var rolling = ByMonth(latest, months, calendar);
        if (rolling.All(month => month is not null) && rolling.Sum() is > 0 and { } sum)
            return new(sum, latest, latest.AddYears(1), MeanCoverage(latest, months, calendar), rolling, null);
        return new(null, first, first.AddYears(1), lastYear?.Coverage ?? 0, [], WhyNone(lastYear));
    }

    // A month known to 97 % is counted in full at the rate of its known part.
    static double? Whole(IndicatorValue? value) =>
        value is { Value: { } amount, Coverage: >= QuotaProgress.VerdictCoverage } ? amount / value.Coverage : null;

    static double?[] ByMonth(DateOnly first, IReadOnlyDictionary<string, IndicatorValue> months, ReportingCalendar calendar)
    {
        var amounts = new double?[12];
        for (var day = first; day < first.AddYears(1); day = day.AddMonths(1))
            amounts[day.Month - 1] = Whole(months.GetValueOrDefault(calendar.Named(day, Grain.Month).Name));
        return amounts;
    }

    static double MeanCoverage(DateOnly first, IReadOnlyDictionary<string, IndicatorValue> months, ReportingCalendar calendar) =>
        Enumerable.Range(0, 12).Average(month => months[calendar.Named(first.AddMonths(month), Grain.Month).Name].Coverage);

    static string WhyNone(IndicatorValue? lastYear) => lastYear switch
    {
        null => MissingReason.NoData,
        { Value: null } => lastYear.Reason ?? MissingReason.NoData,
        { Coverage: < QuotaProgress.VerdictCoverage } => MissingReason.LowCoverage,
        _ => MissingReason.BaseZero,
    };
}
