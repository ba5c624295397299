using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// From readings that already are the usage of an interval to what was used in each local hour. A reading is stamped
/// at the start of
/// its interval and spread evenly over its hours. It ends where the next good one begins if that is sooner, so that no
/// moment is covered twice; where less than half of it would be left, it is the same interval sent again, and the later one counts.
/// <para>Context: the readings of one interval before the window and of one after it.</para>
/// </summary>
public static class IntervalUsage
{
    /// <param name="readings">Of one interval series, in time order, one per instant.</param>
    /// <param name="window">Whole local days.</param>
    public static UsageOfSeries Compute(
        SeriesKey series, ReadOnlySpan<Reading> readings, Meter meter, ReportingCalendar calendar, Period window,
        UsageOptions options)
    {
        var past = new MeterPast(meter, calendar);
        var grid = new HourGrid(window, calendar, past);
        var findings = new List<UsageFinding>();
        void Hold(Instant at, string why)
        {
            if (window.Contains(at)) findings.Add(new UsageFinding(series, at, UsageFindingCodes.Held, why));
        }

        var next = long.MaxValue;
        var good = new List<(Reading Reading, long End)>(readings.Length);
        for (var i = readings.Length - 1; i >= 0; i--)
        {
            ref readonly var reading = ref readings[i];
            var at = reading.At.UnixMilliseconds;
            ref readonly var facts = ref past.At(at);
            if (!facts.Counts) continue;
            if (Refusal(reading, facts, options) is { } why)
            {
                Hold(reading.At, why);
                continue;
            }
            var end = Math.Min(at + facts.IntervalMs, next);
            next = at;
            if (end - at < facts.IntervalMs / 2) Hold(reading.At, SentAgain(reading, end));
            else good.Add((reading, end));
        }
        findings.Reverse();
        for (var i = good.Count - 1; i >= 0; i--)
            grid.Pour(good[i].Reading.At.UnixMilliseconds, good[i].End, good[i].Reading.Value,
                estimated: good[i].Reading.Provenance == Provenance.Estimated);
        return new UsageOfSeries(grid.Cells(series), findings);
    }

    static string? Refusal(in Reading reading, in FactSpan facts, UsageOptions options)
    {
        if (!CounterSteps.IsUsable(reading, registerMax: null))
            return Said.Invariant(
                $"{reading.Value:0.###} is outside what the meter can count: not counted, held for review");
        var amount = reading.Value * facts.Multiplier;
        var allowed = facts.CapacityPerMs * facts.IntervalMs * options.PlausibilityMargin;
        return amount > allowed
            ? Said.Invariant($"{amount:0.###} in one interval is more than the rated capacity allows ({allowed:0.###}): not counted, held for review")
            : null;
    }

    static string SentAgain(in Reading reading, long end) => Said.Invariant(
        $"{reading.Value:0.###} was followed after {Said.Length(end - reading.At.UnixMilliseconds)} by another for most of its interval: sent again, the later one counts");

    /// <summary>
    /// The longest interval the meter ever had: how far before a window a reading may still count into it,
    /// and how far after it one may still end or replace another.
    /// </summary>
    public static TimeSpan LongestInterval(Meter meter) =>
        TimeSpan.FromSeconds(meter.Facts.Facts.Select(fact => fact.Value.IntervalS).DefaultIfEmpty(0).Max());
}
