using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// Readings of one counter around a window, grown on both sides until they hold the context <see cref="CounterSteps"/>
/// asks for or
/// there are no more. Asks the store for blocks of days where readings are dense, and from reading to reading where
/// they are rare.
/// </summary>
sealed class SeriesWindow(ISeriesReader series, SeriesKey key, MeterPast past)
{
    static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    // A long run of what cannot be used is walked in blocks that double, up to where they would fill the memory.
    static readonly TimeSpan LongestBlock = TimeSpan.FromDays(62);

    readonly List<List<Reading>> _before = [];
    readonly List<List<Reading>> _after = [];

    public async Task<Reading[]> ReadAsync(Period window, CancellationToken stop)
    {
        var inside = await BlockAsync(window, stop);
        await GrowBackAsync(window.From, inside, stop);
        await GrowForwardAsync(window.To, stop);
        return [.. Enumerable.Reverse(_before).Append(inside).Concat(_after).SelectMany(block => block)];
    }

    /// <summary>
    /// The good reading before the moment (strictly), and as many further back that span and count are both reached. What was
    /// written down at an exchange of the meter is as good as a reading.
    /// </summary>
    public async Task<Instant?> ReachBackAsync(Instant from, TimeSpan span, int count, CancellationToken stop)
    {
        var good = new List<Instant>();
        var at = from;
        // Where readings are dense, one look at the span is enough.
        for (var length = span; good.Count <= count; length = Longer(length))
        {
            if (await series.AtOrBeforeAsync(key, at - Moment, stop) is not { } previous)
            {
                // Registers nobody read count from exchange to exchange, as soon as the series has its first reading.
                good.AddRange(Exchanges.Where(moment => moment < at).Reverse());
                return good.Count == 0 ? null : Earlier(good[0] - span, good[^1]);
            }
            var back = Earlier(previous.At, at - length);
            good.AddRange(Enumerable.Reverse(await GoodAsync(new Period(back, at), stop)));
            at = back;
        }
        return Earlier(good[0] - span, good[count]);
    }

    /// <summary>The same from the moment (included) forward.</summary>
    public async Task<Instant?> ReachForwardAsync(Instant from, TimeSpan span, int count, CancellationToken stop)
    {
        var good = new List<Instant>();
        var at = from;
        for (var length = span; good.Count <= count; length = Longer(length))
        {
            if (await series.AtOrAfterAsync(key, at, stop) is not { } next)
            {
                good.AddRange(Exchanges.Where(moment => moment >= at));
                return good.Count == 0 ? null : Later(good[0] + span, good[^1]);
            }
            var until = Later(next.At + Moment, at + length);
            good.AddRange(await GoodAsync(new Period(at, until), stop));
            at = until;
        }
        return Later(good[0] + span, good[count]);
    }

    async Task<List<Instant>> GoodAsync(Period period, CancellationToken stop)
    {
        var good = (await BlockAsync(period, stop)).Where(reading => IsUsable(reading)).Select(reading => reading.At);
        return [.. good.Concat(Exchanges.Where(period.Contains)).Distinct().Order()];
    }

    IEnumerable<Instant> Exchanges => past.Replacements.Select(replacement => replacement.At);

    async Task GrowBackAsync(Instant start, List<Reading> inside, CancellationToken stop)
    {
        Instant? good = inside.Count > 0 && inside[0].At == start && IsUsable(inside[0]) ? start : null;
        var usable = 0;
        for (var from = start; ;)
        {
            if (await series.AtOrBeforeAsync(key, from - TimeSpan.FromMilliseconds(1), stop) is not { } previous)
                return;
            var back = Earlier(previous.At, start) - CounterSteps.ContextSpan;
            var block = await BlockAsync(new Period(back, from), stop);
            _before.Add(block);
            from = back;
            for (var i = block.Count - 1; i >= 0; i--)
            {
                if (!IsUsable(block[i])) continue;
                if (good is null) good = block[i].At;
                else usable++;
            }
            if (good is { } reached && usable >= CounterSteps.ContextReadings
                && from <= reached - CounterSteps.ContextSpan)
                return;
        }
    }

    async Task GrowForwardAsync(Instant end, CancellationToken stop)
    {
        Instant? good = null;
        var usable = 0;
        for (var from = end; ;)
        {
            if (await series.AtOrAfterAsync(key, from, stop) is not { } next) return;
            var until = next.At + CounterSteps.ContextSpan;
            var block = await BlockAsync(new Period(from, until), stop);
            _after.Add(block);
            from = until;
            foreach (var reading in block)
            {
                if (!IsUsable(reading)) continue;
                if (good is null) good = reading.At;
                else usable++;
            }
            if (good is { } reached && usable >= CounterSteps.ContextReadings
                && from >= reached + CounterSteps.ContextSpan)
                return;
        }
    }

    async Task<List<Reading>> BlockAsync(Period period, CancellationToken stop)
    {
        var readings = new List<Reading>();
        await foreach (var chunk in series.ReadAsync(key, period, stop)) readings.AddRange(chunk.Span);
        return readings;
    }

    bool IsUsable(in Reading reading)
    {
        var max = past.At(reading.At.UnixMilliseconds).RegisterMax;
        return CounterSteps.IsUsable(reading, double.IsNaN(max) ? null : max);
    }

    static TimeSpan Longer(TimeSpan block) =>
        block == TimeSpan.Zero ? TimeSpan.FromHours(1) : block < LongestBlock / 2 ? block * 2 : LongestBlock;

    static Instant Earlier(Instant a, Instant b) => a < b ? a : b;

    static Instant Later(Instant a, Instant b) => a > b ? a : b;
}
