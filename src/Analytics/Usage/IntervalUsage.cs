using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// From readings that already are the usage of an interval to what was used in each local hour. A reading is stamped
/// at the start of
/// its interval and spread evenly over its hours. It ends where the next one begins if that is sooner, so that no
/// moment is covered twice.
/// <para>Context: the readings of one interval before the window, and the first one after it.</para>
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
        for (var i = 0; i < readings.Length; i++)
        {
            ref readonly var reading = ref readings[i];
            ref readonly var facts = ref past.At(reading.At.UnixMilliseconds);
            if (!facts.Counts) continue;
            var end = reading.At.UnixMilliseconds + facts.IntervalMs;
            if (i + 1 < readings.Length) end = Math.Min(end, readings[i + 1].At.UnixMilliseconds);
            if (Refusal(reading, facts, options) is { } why)
            {
                if (window.Contains(reading.At))
                    findings.Add(new UsageFinding(series, reading.At, UsageFindingCodes.Held, why));
                continue;
            }
            grid.Pour(reading.At.UnixMilliseconds, end, reading.Value,
                estimated: reading.Provenance == Provenance.Estimated);
        }
        return new UsageOfSeries(grid.Cells(series), findings);
    }

    static string? Refusal(in Reading reading, in FactSpan facts, UsageOptions options)
    {
        if ((reading.Doubt & Doubt.OutOfRange) != 0 || reading.Value < 0)
            return Said.Invariant(
                $"{reading.Value:0.###} is outside what the meter can count: not counted, held for review");
        var amount = reading.Value * facts.Multiplier;
        var allowed = facts.CapacityPerMs * facts.IntervalMs * options.PlausibilityMargin;
        return amount > allowed
            ? Said.Invariant($"{amount:0.###} in one interval is more than the rated capacity allows ({allowed:0.###}): not counted, held for review")
            : null;
    }

    /// <summary>
    /// The longest interval the meter ever had: how far before a window a reading may still count into it.
    /// </summary>
    public static TimeSpan LongestInterval(Meter meter) =>
        TimeSpan.FromSeconds(meter.Facts.Facts.Select(fact => fact.Value.IntervalS).DefaultIfEmpty(0).Max());
}
