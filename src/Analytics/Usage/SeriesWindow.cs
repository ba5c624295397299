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
    /// The good reading before the moment (strictly), and as many further back that span and count are both reached.
    /// </summary>
    public async Task<Instant?> ReachBackAsync(Instant from, TimeSpan span, int count, CancellationToken stop)
    {
        // Where readings are dense, one look at the span is enough.
        var block = span > TimeSpan.Zero ? await BlockAsync(new Period(from - span, from), stop) : [];
        var dense = block.Where(reading => IsUsable(reading)).Select(reading => reading.At).ToList();
        if (dense.Count > count) return Earlier(dense[^1] - span, dense[^(count + 1)]);

        Instant? good = null;
        Instant? reached = null;
        var at = from;
        for (var left = count; left >= 0;)
        {
            if (await series.AtOrBeforeAsync(key, at - TimeSpan.FromMilliseconds(1), stop) is not { } reading) break;
            at = reading.At;
            if (!IsUsable(reading)) continue;
            good ??= at;
            reached = at;
            left--;
        }
        return good is { } first && reached is { } last ? Earlier(first - span, last) : null;
    }

    /// <summary>The same from the moment (included) forward.</summary>
    public async Task<Instant?> ReachForwardAsync(Instant from, TimeSpan span, int count, CancellationToken stop)
    {
        Instant? good = null;
        Instant? reached = null;
        var at = from;
        for (var left = count; left >= 0 && await series.AtOrAfterAsync(key, at, stop) is { } reading;)
        {
            at = reading.At + TimeSpan.FromMilliseconds(1);
            if (!IsUsable(reading)) continue;
            good ??= reading.At;
            reached = reading.At;
            left--;
        }
        return good is { } first && reached is { } last ? (first + span > last ? first + span : last) : null;
    }

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

    static Instant Earlier(Instant a, Instant b) => a < b ? a : b;
}
