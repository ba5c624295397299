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
    /// <param name="day">The day the quota is set.</param>
    /// <param name="metered">
    /// Whether anything was metered on a day. Coverage is that of the metered time, so a meter that hangs since autumn
    /// covers "the year" fully with a quarter of its usage: a year counts only where it was metered from its first day
    /// and every month of it has a value.
    /// </param>
    public static QuotaBase Choose(
        int quotaYear, IReadOnlyDictionary<string, IndicatorValue> values, DateOnly day, Func<DateOnly, bool> metered,
        ReportingCalendar calendar)
    {
        var first = new DateOnly(quotaYear - 1, 1, 1);
        var year = calendar.Named(first, Grain.Year);
        var lastYear = values.GetValueOrDefault(year.Name);
        var months = TwelveFrom(first, calendar);
        if (Whole(lastYear, year) is { } amount && amount > 0 && metered(first) && Gap(months, values) is null)
            return new(amount, first, first.AddYears(1), lastYear!.Coverage, ByMonth(months, values), null);
        var latest = new DateOnly(day.Year, day.Month, 1).AddYears(-1);
        var rolling = TwelveFrom(latest, calendar);
        var amounts = ByMonth(rolling, values);
        if (amounts.All(month => month is not null) && amounts.Sum() is > 0 and { } sum && metered(latest))
        {
            var coverage = rolling.Average(month => values[month.Name].Coverage);
            return new(sum, latest, latest.AddYears(1), coverage, amounts, null);
        }
        var why = metered(first) ? WhyNone(lastYear) ?? Gap(months, values) : MissingReason.NoMeter;
        return new(null, first, first.AddYears(1), lastYear?.Coverage ?? 0, [], why ?? MissingReason.NoData);
    }

    // A month known to 97 % is counted in full at the rate of its known part. One that was not over when it was
    // computed is not known at all: its coverage is that of its elapsed part.
    static double? Whole(IndicatorValue? value, NamedPeriod period) =>
        value is { Value: { } amount, Coverage: >= Verdict.MinCoverage } && value.AsOf >= period.Period.To
            ? amount / value.Coverage
            : null;

    static string? Gap(IEnumerable<NamedPeriod> months, IReadOnlyDictionary<string, IndicatorValue> values) => months
        .Select(month => values.GetValueOrDefault(month.Name))
        .Where(value => value?.Value is null)
        .Select(value => value?.Reason ?? MissingReason.NoData).FirstOrDefault();

    static List<NamedPeriod> TwelveFrom(DateOnly first, ReportingCalendar calendar) =>
        [.. Enumerable.Range(0, 12).Select(month => calendar.Named(first.AddMonths(month), Grain.Month))];

    static double?[] ByMonth(List<NamedPeriod> months, IReadOnlyDictionary<string, IndicatorValue> values)
    {
        var amounts = new double?[12];
        foreach (var month in months)
            amounts[month.FirstDay.Month - 1] = Whole(values.GetValueOrDefault(month.Name), month);
        return amounts;
    }

    static string? WhyNone(IndicatorValue? lastYear) => lastYear switch
    {
        null => MissingReason.NoData,
        { Value: null } => lastYear.Reason ?? MissingReason.NoData,
        { Coverage: < Verdict.MinCoverage } => MissingReason.LowCoverage,
        { Value: <= 0 } => MissingReason.BaseZero,
        _ => null,
    };
}
