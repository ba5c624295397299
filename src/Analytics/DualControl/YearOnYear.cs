using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>
/// A value against the same elapsed part of the year before; the change is null with its reason where it cannot be
/// said.
/// </summary>
/// <param name="Change">0.05 is five percent more than before.</param>
/// <param name="Difference">In the indicator's unit.</param>
public sealed record YearChange(
    double? Now, double? Before, double? Difference, double? Change, double Coverage, string? Reason);

/// <summary>Like for like: whole days only, as many this year as last year, on the same calendar days. Pure.</summary>
public static class YearOnYear
{
    /// <summary>
    /// The two evaluations to compare for a period at a moment: the period up to the last midnight, and the same one a
    /// year earlier up to
    /// the same calendar day. Evaluate both and hand the values to <see cref="Compare"/>.
    /// </summary>
    public static ((NamedPeriod Period, Instant AsOf) Now, (NamedPeriod Period, Instant AsOf) Before) Moments(
        ReportingCalendar calendar, NamedPeriod period, Instant now)
    {
        var end = now < period.Period.To ? calendar.DayOf(now) : calendar.DayOf(period.Period.To);
        var before = calendar.Named(period.FirstDay.AddYears(-1), period.Grain);
        // Of a whole period its whole predecessor, a leap day included; else the same calendar day.
        var beforeEnd = now < period.Period.To ? end.AddYears(-1) : calendar.DayOf(before.Period.To);
        return ((period, calendar.Day(end).From), (before, calendar.Day(beforeEnd).From));
    }

    public static YearChange Compare(IndicatorValue now, IndicatorValue before)
    {
        if (now.Indicator != before.Indicator || now.CaliberId != before.CaliberId || now.Scope != before.Scope)
            throw new ArgumentException("Values of different indicators, scopes or calibers cannot be compared.",
                nameof(before));
        var coverage = Math.Min(now.Coverage, before.Coverage);
        if (now.Value is not { } value || before.Value is not { } earlier)
            return new YearChange(now.Value, before.Value, null, null, coverage, now.Reason ?? before.Reason);
        return earlier == 0
            ? new YearChange(value, earlier, value - earlier, null, coverage, MissingReason.BaseZero)
            : new YearChange(value, earlier, value - earlier, value / earlier - 1, coverage,
                coverage < Verdict.MinCoverage ? MissingReason.LowCoverage : null);
    }
}
