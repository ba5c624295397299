using System.Runtime.CompilerServices;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Sqlite.Series;

/// <summary>Readings in one table, clustered by series and instant. A batch is one transaction.</summary>
sealed class SqliteSeriesStore(SqliteFiles files, StoreMetrics metrics) : ISeriesWriter, ISeriesReader
{
    const int ChunkSize = 4096;

    readonly SqliteFile _file = files.Series;

    public async ValueTask<WriteReceipt> WriteAsync(ReadOnlyMemory<Reading> batch, CancellationToken stop)
    {
        var sorted = SortedBatch.Of(batch.Span, out var rejected);
        try
        {
            if (sorted.Count > 0)
                await _file.WriteAsync(connection => ReadingTable.Upsert(connection, sorted, batch.Span), stop);
        }
        catch (SqliteException fault)
        {
            metrics.Failed();
            throw Unavailable(fault);
        }
        metrics.Wrote(sorted.Count, rejected.Count);
        return new WriteReceipt(sorted.Count, rejected);
    }

    public async IAsyncEnumerable<ReadOnlyMemory<Reading>> ReadAsync(
        SeriesKey series, Period period, [EnumeratorCancellation] CancellationToken stop)
    {
        // Each chunk is a query of its own that goes on behind the last one: a slow consumer holds no snapshot and no
        // connection.
        var chunk = new Reading[ChunkSize];
        var from = period.From;
        while (true)
        {
            var start = from;
            var count = await Ask(connection => ReadingTable.Fill(connection, series, start, period.To, chunk), stop);
            if (count > 0) yield return chunk.AsMemory(0, count);
            if (count < chunk.Length) yield break;
            from = new Instant(chunk[count - 1].At.UnixMilliseconds + 1);
        }
    }

    public async ValueTask<IReadOnlyList<Bucket>> BucketsAsync(
        SeriesKey series, Period period, TimeSpan step, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, TimeSpan.FromMilliseconds(1));
        var buckets = new BucketFold(period.From, step);
        await foreach (var chunk in ReadAsync(series, period, stop)) buckets.Add(chunk.Span);
        return buckets.Finish();
    }

    public async ValueTask<Reading?> AtOrBeforeAsync(SeriesKey series, Instant at, CancellationToken stop) =>
        await Ask(connection => ReadingTable.AtOrBefore(connection, series, at), stop);

    public async ValueTask<Reading?> AtOrAfterAsync(SeriesKey series, Instant at, CancellationToken stop) =>
        await Ask(connection => ReadingTable.AtOrAfter(connection, series, at), stop);

    public async ValueTask<IReadOnlyList<Reading>> LatestAsync(
        IReadOnlyCollection<MeterId> meters, CancellationToken stop) =>
        await Ask(connection => ReadingTable.Latest(connection, meters), stop);

    public async ValueTask<IReadOnlyList<Quantity>> QuantitiesAsync(MeterId meter, CancellationToken stop)
    {
        var latest = await Ask(connection => ReadingTable.Latest(connection, [meter]), stop);
        return [.. latest.Select(reading => reading.Series.Quantity).Order()];
    }

    async Task<T> Ask<T>(Func<SqliteConnection, T> work, CancellationToken stop)
    {
        try
        {
            return await _file.ReadAsync(work, stop);
        }
        catch (SqliteException fault)
        {
            throw Unavailable(fault);
        }
    }

    SeriesStoreException Unavailable(SqliteException fault) => new($"{_file.Path}: {fault.Message}", fault);
}
