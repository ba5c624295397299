using EnergyWatch.Domain.Indicators;

namespace EnergyWatch.Analytics.DualControl;

public enum ProgressStatus { Ok, Warn, Over, Unknown }

/// <summary>
/// How an indicator stands against its target of the year. Everything is in the indicator's unit; shares are 0 to 1
/// and may exceed 1.
/// </summary>
/// <param name="Limit">The value not to exceed: the cap, or the base year × (1 − reduction); null with <paramref
/// name="Reason"/> where it is not known.</param>
/// <param name="UsedShare">Value to date over the limit.</param>
/// <param name="PaceShare">The part of the year's amount that was expected by now.</param>
/// <param name="PaceBasis"><c>last_year</c>: by last year's months; <c>linear</c>: by days, where those are not
/// known.</param>
/// <param name="Projected">Expected at the end of the year, at the pace so far.</param>
/// <param name="Low">The projection if the rest of the year goes like this year's best month so far against its pace
/// …</param>
/// <param name="High">… and like its worst; null with fewer than two whole months.</param>
public sealed record TargetStanding(
    Target Target, double? Value, double? Limit, double? UsedShare, double PaceShare, string PaceBasis,
    double? Projected, double? Low, double? High, ProgressStatus Status, string? Reason);

/// <summary>Compares what was used so far with a target, the seasonal pace and the year-end projection. Pure.</summary>
public static class TargetProgress
{
    /// <summary>From this share of the limit on there is a warning.</summary>
    public const double WarnShare = 0.8;

    const int Months = 12;

    /// <param name="toDate">The indicator of the year to date.</param>
    /// <param name="baseYear">
    /// The same of the target's base year, whole; null where it is not known. Below the coverage that a verdict needs it is no base.
    /// </param>
    /// <param name="thisYear">The indicator's twelve months of this year, null where unknown or still to come.</param>
    /// <param name="lastYear">The same of the year before: the seasonal pace, if all twelve are known.</param>
    /// <param name="today">The first local day that does not count any more.</param>
    public static TargetStanding Of(
        Target target, IndicatorValue? toDate, IndicatorValue? baseYear, IReadOnlyList<double?> thisYear,
        IReadOnlyList<double?> lastYear, DateOnly today)
    {
        var profile = Profile(lastYear);
        var pace = Pace(profile ?? Linear(target.Year), target.Year, today);
        var basis = profile is null ? "linear" : "last_year";
        var limit = Limit(target, baseYear);
        var value = toDate?.Value;
        var reason = value is null ? toDate?.Reason ?? MissingReason.NoData : LimitReason(target, baseYear, limit);
        var projected = pace > 0 ? value / pace : null;
        var (low, high) = Range(value, thisYear, profile ?? Linear(target.Year), pace, target.Year, today);
        var used = limit is > 0 ? value / limit : null;
        return new TargetStanding(
            target, value, limit, used, pace, basis, projected, low, high,
            Status(toDate, used, pace, projected, limit), reason);
    }

    /// <summary>
    /// The share of a year's amount that is expected before <paramref name="today"/>: whole months, and of the running
    /// one its days.
    /// </summary>
    public static double Pace(IReadOnlyList<double> profile, int year, DateOnly today)
    {
        if (today.Year > year) return 1;
        if (today.Year < year) return 0;
        var whole = profile.Take(today.Month - 1).Sum();
        return whole + profile[today.Month - 1] * (today.Day - 1) / DateTime.DaysInMonth(year, today.Month);
    }

    /// <summary>Each month's share of the year; null unless all twelve are known and come to something.</summary>
    public static IReadOnlyList<double>? Profile(IReadOnlyList<double?> months)
    {
        if (months.Count != Months || months.Any(month => month is not >= 0)) return null;
        var sum = months.Sum()!.Value;
        return sum > 0 ? [.. months.Select(month => month!.Value / sum)] : null;
    }

    /// <summary>Each month's share of the year's days.</summary>
    public static IReadOnlyList<double> Linear(int year)
    {
        var days = DateTime.IsLeapYear(year) ? 366.0 : 365.0;
        return [.. Enumerable.Range(1, Months).Select(month => DateTime.DaysInMonth(year, month) / days)];
    }

    static double? Limit(Target target, IndicatorValue? baseYear) => target.Cap
        ?? (baseYear is not null && Verdict.IsDue(baseYear) ? baseYear.Value * (1 - target.ReductionPercent / 100) : null);

    static string? LimitReason(Target target, IndicatorValue? baseYear, double? limit) =>
        limit is > 0 ? null
        : target.Cap is not null || limit is not null ? MissingReason.BaseZero
        : baseYear?.Value is null ? baseYear?.Reason ?? MissingReason.NoData
        : target.ReductionPercent is null ? MissingReason.NotApplicable : MissingReason.LowCoverage;

    // How a whole month of this year compares with what its share of the pace would be; the rest of the year is put
    // between the extremes.
    static (double? Low, double? High) Range(
        double? value, IReadOnlyList<double?> thisYear, IReadOnlyList<double> profile, double pace, int year,
        DateOnly today)
    {
        var whole = today.Year > year ? Months : today.Year < year ? 0 : today.Month - 1;
        var perYear = thisYear.Take(whole).Zip(profile).Where(month => month.First is not null && month.Second > 0)
            .Select(month => month.First!.Value / month.Second).ToList();
        return value is null || perYear.Count < 2 ? (null, null)
            : (value + (1 - pace) * perYear.Min(), value + (1 - pace) * perYear.Max());
    }

    static ProgressStatus Status(IndicatorValue? toDate, double? used, double pace, double? projected, double? limit)
    {
        if (toDate is null || used is null || !Verdict.IsDue(toDate)) return ProgressStatus.Unknown;
        if (used > 1) return ProgressStatus.Over;
        return projected > limit || used >= WarnShare && used > pace ? ProgressStatus.Warn : ProgressStatus.Ok;
    }
}
