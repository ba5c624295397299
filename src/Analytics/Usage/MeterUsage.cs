using System.Runtime.InteropServices;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// Computes the usage of one meter for some days from its stored readings and puts it into the ledger. The days are
/// extended to all
/// that readings in them can have changed: back to the good reading before and forward to the one after, and as far as
/// episodes reach
/// where there is one nearby, now or when the ledger was last written.
/// </summary>
public sealed class MeterUsage(
    ISeriesReader series, IUsageLedger ledger, ReportingCalendar calendar, UsageOptions options, TimeProvider clock)
{
    static readonly TimeSpan EpisodeReach = Episodes.Span * 2;
    const int EpisodeReadings = Episodes.Readings * 2;

    // From here on the extension is a small part of the whole and not worth asking the ledger about.
    static readonly TimeSpan Long = TimeSpan.FromDays(31);

    // What reaches beyond the two readings around it.
    static readonly HashSet<string> Reaching =
    [
        UsageFindingCodes.Dip, UsageFindingCodes.Spike, UsageFindingCodes.ZeroBurst, UsageFindingCodes.Held,
        UsageFindingCodes.Reset, UsageFindingCodes.Rollover, UsageFindingCodes.Stuck,
    ];

    /// <summary>
    /// Recomputes every usage series of the meter for the local days from <paramref name="first"/> up to, not
    /// including, <paramref name="end"/>.
    /// </summary>
    /// <returns>The days whose cells were replaced, and how many windows and cells that took.</returns>
    public async Task<MeterUsageRun> RecomputeAsync(Meter meter, DateOnly first, DateOnly end, CancellationToken stop)
    {
        var run = new MeterUsageRun(first, end, 0, 0, TimeSpan.Zero);
        var days = calendar.Days(first, end);
        foreach (var quantity in await series.QuantitiesAsync(meter.Id, stop))
        {
            var key = new SeriesKey(meter.Id, quantity);
            run = quantity.Info().Kind switch
            {
                QuantityKind.Counter => run.And(await CounterAsync(meter, key, days, stop)),
                QuantityKind.Interval => run.And(await IntervalAsync(meter, key, days, stop)),
                _ => run,
            };
        }
        return run;
    }

    async Task<MeterUsageRun> CounterAsync(Meter meter, SeriesKey key, Period days, CancellationToken stop)
    {
        var past = new MeterPast(meter, calendar);
        var around = new SeriesWindow(series, key, past);
        var before = await around.ReachBackAsync(days.From, TimeSpan.Zero, 0, stop) ?? days.From;
        var after = await around.ReachForwardAsync(days.To, TimeSpan.Zero, 0, stop) ?? days.To;
        var near = WholeDays(before, after);
        var far = WholeDays(
            await around.ReachBackAsync(near.From, EpisodeReach, EpisodeReadings, stop) ?? near.From,
            await around.ReachForwardAsync(near.To, EpisodeReach, EpisodeReadings, stop) ?? near.To);
        if (near.Length < Long && far.Length < Long)
        {
            var began = clock.GetTimestamp();
            var computed = await ComputeAsync(meter, key, far, stop);
            var reaches = computed.Findings.Any(finding => Reaching.Contains(finding.Code))
                || (await ledger.FindingsAsync([meter.Id], far, stop))
                    .Any(finding => finding.Series == key && Reaching.Contains(finding.Code));
            return await ReplaceAsync(key, reaches ? far : near, computed, began, stop);
        }

        var run = (MeterUsageRun?)null;
        foreach (var window in Windows(far))
        {
            var began = clock.GetTimestamp();
            var replaced = await ReplaceAsync(key, window, await ComputeAsync(meter, key, window, stop), began, stop);
            run = run?.And(replaced) ?? replaced;
        }
        return run!;
    }

    async Task<UsageOfSeries> ComputeAsync(Meter meter, SeriesKey key, Period window, CancellationToken stop)
    {
        var readings = await new SeriesWindow(series, key, new MeterPast(meter, calendar)).ReadAsync(window, stop);
        return CounterSteps.Compute(key, readings, meter, calendar, window, options);
    }

    async Task<MeterUsageRun> IntervalAsync(Meter meter, SeriesKey key, Period days, CancellationToken stop)
    {
        var longest = IntervalUsage.LongestInterval(meter);
        var run = (MeterUsageRun?)null;
        foreach (var window in Windows(WholeDays(days.From - longest, days.To + longest)))
        {
            var began = clock.GetTimestamp();
            var readings = new List<Reading>();
            var context = new Period(window.From - longest, window.To + longest);
            await foreach (var chunk in series.ReadAsync(key, context, stop)) readings.AddRange(chunk.Span);
            var computed = IntervalUsage.Compute(
                key, CollectionsMarshal.AsSpan(readings), meter, calendar, window, options);
            var replaced = await ReplaceAsync(key, window, computed, began, stop);
            run = run?.And(replaced) ?? replaced;
        }
        return run!;
    }

    async Task<MeterUsageRun> ReplaceAsync(
        SeriesKey key, Period window, UsageOfSeries computed, long began, CancellationToken stop)
    {
        List<UsageCell> hours = [.. computed.Hours.Where(cell => window.Contains(cell.Start))];
        List<UsageFinding> findings = [.. computed.Findings.Where(finding => window.Contains(finding.At))];
        await ledger.ReplaceAsync(key, window, hours, findings, stop);
        return new MeterUsageRun(
            calendar.DayOf(window.From), calendar.DayOf(window.To), 1, hours.Count, clock.GetElapsedTime(began));
    }

    IEnumerable<Period> Windows(Period whole)
    {
        var end = calendar.DayOf(whole.To);
        for (var day = calendar.DayOf(whole.From); day < end; day = day.AddDays(options.MaxWindowDays))
        {
            var last = day.AddDays(options.MaxWindowDays);
            yield return calendar.Days(day, last < end ? last : end);
        }
    }

    // The local days that hold both moments; a moment on midnight does not begin another day at the end.
    Period WholeDays(Instant from, Instant to)
    {
        var last = calendar.DayOf(to);
        return calendar.Days(calendar.DayOf(from), calendar.Day(last).From == to ? last : last.AddDays(1));
    }
}

/// <summary>What a recomputation replaced: the local days from <c>First</c> up to, not including, <c>End</c>.</summary>
/// <param name="Slowest">The longest time from the first look at readings to the ledger's answer, over the
/// windows.</param>
public sealed record MeterUsageRun(DateOnly First, DateOnly End, int Windows, long Cells, TimeSpan Slowest)
{
    /// <summary>Both together; the days are those from the first to the last of either.</summary>
    public MeterUsageRun And(MeterUsageRun other) => new(
        First < other.First ? First : other.First, End > other.End ? End : other.End, Windows + other.Windows,
        Cells + other.Cells, Slowest > other.Slowest ? Slowest : other.Slowest);
}
