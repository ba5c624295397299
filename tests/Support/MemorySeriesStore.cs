using System.Runtime.CompilerServices;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Support;

/// <summary>
/// The series port in its plainest form: what the contract suite holds against every real store, and what unit tests write to.
/// <see cref="Fault"/> makes it fail like a store that is down.
/// </summary>
public sealed class MemorySeriesStore : ISeriesWriter, ISeriesReader
{
    readonly Lock _lock = new();
    readonly Dictionary<SeriesKey, SortedDictionary<long, Reading>> _series = [];

    public Func<Exception?>? Fault { get; set; }

    public int Count { get { lock (_lock) return _series.Values.Sum(readings => readings.Count); } }

    public ValueTask<WriteReceipt> WriteAsync(ReadOnlyMemory<Reading> batch, CancellationToken stop)
    {
        if (Fault?.Invoke() is { } fault) throw fault;
        var rejected = new List<Refusal>();
        lock (_lock)
        {
            for (var i = 0; i < batch.Length; i++)
            {
                var reading = batch.Span[i];
                if (!double.IsFinite(reading.Value))
                {
                    rejected.Add(new Refusal(i, RefusalCodes.NotANumber, "The value is not a finite number."));
                    continue;
                }
                if (!_series.TryGetValue(reading.Series, out var readings)) _series[reading.Series] = readings = [];
                readings[reading.At.UnixMilliseconds] = reading;
            }
        }
        return ValueTask.FromResult(new WriteReceipt(batch.Length - rejected.Count, rejected));
    }

    public async IAsyncEnumerable<ReadOnlyMemory<Reading>> ReadAsync(
        SeriesKey series, Period period, [EnumeratorCancellation] CancellationToken stop)
    {
        await Task.CompletedTask;
        foreach (var chunk in In(series, period).Chunk(1000)) yield return chunk;
    }

    public ValueTask<IReadOnlyList<Bucket>> BucketsAsync(SeriesKey series, Period period, TimeSpan step, CancellationToken stop)
    {
        var buckets = In(series, period)
            .GroupBy(reading => (reading.At - period.From).Ticks / step.Ticks)
            .Select(group => new Bucket(
                period.From + step * group.Key, group.Count(), group.Min(r => r.Value), group.Max(r => r.Value),
                group.Average(r => r.Value), group.First().Value, group.Last().Value));
        return ValueTask.FromResult<IReadOnlyList<Bucket>>([.. buckets]);
    }

    public ValueTask<Reading?> AtOrBeforeAsync(SeriesKey series, Instant at, CancellationToken stop) =>
        ValueTask.FromResult(All(series).Where(reading => reading.At <= at).Select(reading => (Reading?)reading).LastOrDefault());

    public ValueTask<Reading?> AtOrAfterAsync(SeriesKey series, Instant at, CancellationToken stop) =>
        ValueTask.FromResult(All(series).Where(reading => reading.At >= at).Select(reading => (Reading?)reading).FirstOrDefault());

    public ValueTask<IReadOnlyList<Reading>> LatestAsync(IReadOnlyCollection<MeterId> meters, CancellationToken stop)
    {
        lock (_lock)
            return ValueTask.FromResult<IReadOnlyList<Reading>>(
                [.. _series.Where(entry => meters.Contains(entry.Key.Meter)).Select(entry => entry.Value.Values.Last())]);
    }

    public ValueTask<IReadOnlyList<Quantity>> QuantitiesAsync(MeterId meter, CancellationToken stop)
    {
        lock (_lock)
            return ValueTask.FromResult<IReadOnlyList<Quantity>>(
                [.. _series.Keys.Where(key => key.Meter == meter).Select(key => key.Quantity).Order()]);
    }

    Reading[] In(SeriesKey series, Period period) => [.. All(series).Where(reading => period.Contains(reading.At))];

    Reading[] All(SeriesKey series)
    {
        lock (_lock) return _series.TryGetValue(series, out var readings) ? [.. readings.Values] : [];
    }
}
