using System.Diagnostics.Metrics;
using Dapper;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Store.Sqlite;
using EnergyWatch.Support;
using Microsoft.Data.Sqlite;

namespace EnergyWatch.Store.Tests.Series;

public sealed class DurabilityTests
{
    static readonly CancellationToken Stop = CancellationToken.None;
    static readonly Reading One = Some.Reading(1, "2026-03-17T06:00:00Z", 12.5);

    [Fact]
    public async Task A_stranger_sees_a_batch_as_soon_as_it_is_acknowledged()
    {
        await using var store = await OpenStore.InAsync();
        await store.Get<ISeriesWriter>().WriteAsync(new[] { One }, Stop);
        await using var stranger = Stranger(store);
        Assert.Equal(12.5, stranger.ExecuteScalar<double>("SELECT value FROM reading"));
    }

    [Fact]
    public async Task An_acknowledged_batch_is_in_the_files_even_if_the_process_ends_without_a_word()
    {
        await using var store = await OpenStore.InAsync();
        await store.Get<ISeriesWriter>().WriteAsync(new[] { One }, Stop);
        // What a killed process leaves: the file and its log as they are now, without a checkpoint or a clean close.
        using var copy = new TempFolder();
        foreach (var name in new[] { "series.db", "series.db-wal" })
            File.Copy(Path.Combine(store.Options.DataFolder, name), copy.File(name));
        await using var stranger = new SqliteConnection(
            SqliteNative.ConnectionString(copy.File("series.db")) + ";Pooling=False");
        await stranger.OpenAsync();
        Assert.Equal(12.5, stranger.ExecuteScalar<double>("SELECT value FROM reading"));
        Assert.Equal("ok", stranger.ExecuteScalar<string>("PRAGMA integrity_check"));
    }

    [Fact]
    public async Task Two_processes_write_the_same_file_without_losing_a_reading()
    {
        using var folder = new TempFolder();
        await using var a = await OpenStore.InAsync(folder.Path);
        await using var b = await OpenStore.InAsync(folder.Path);
        await Task.WhenAll(new[] { a, b }.SelectMany((store, who) => Enumerable.Range(0, 40).Select(async batch =>
        {
            var readings = Enumerable.Range(0, 50)
                .Select(i => new Reading(
                    new SeriesKey(new MeterId(1 + who), Quantity.Power), new Instant(batch * 50 + i), i)).ToArray();
            Assert.Equal(50, (await store.Get<ISeriesWriter>().WriteAsync(readings, Stop)).Accepted);
        })));
        await using var stranger = Stranger(a);
        Assert.Equal(4000, stranger.ExecuteScalar<int>("SELECT COUNT(*) FROM reading"));
    }

    [Fact]
    public async Task A_store_that_cannot_take_a_batch_says_so_and_takes_it_later()
    {
        await using var store = await OpenStore.InAsync();
        using var faults = new CounterProbe("energywatch_store_write_faults_total");
        await using (var stranger = Stranger(store)) stranger.Execute("ALTER TABLE reading RENAME TO away");
        var fault = await Assert.ThrowsAsync<SeriesStoreException>(
            async () => await store.Get<ISeriesWriter>().WriteAsync(new[] { One }, Stop));
        Assert.Contains("series.db", fault.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SeriesStoreException>(
            async () => await store.Get<ISeriesReader>().AtOrBeforeAsync(One.Series, One.At, Stop));
        Assert.True(faults.Total >= 1);
        await using (var stranger = Stranger(store)) stranger.Execute("ALTER TABLE away RENAME TO reading");
        Assert.Equal(1, (await store.Get<ISeriesWriter>().WriteAsync(new[] { One }, Stop)).Accepted);
        Assert.Equal(One, await store.Get<ISeriesReader>().AtOrBeforeAsync(One.Series, One.At, Stop));
    }

    [Fact]
    public async Task A_full_disk_refuses_the_batch_whole_and_the_next_one_after_there_is_room()
    {
        await using var store = await OpenStore.InAsync();
        var file = store.Get<SqliteFiles>().Series;
        // The pool hands out the same connection again: its page limit stands for a disk without room.
        var pages = await file.WriteAsync(connection => connection.ExecuteScalar<long>("PRAGMA page_count"), Stop);
        await file.WriteAsync(connection => connection.Execute($"PRAGMA max_page_count = {pages}"), Stop);
        var batch = Enumerable.Range(0, 5000).Select(i => One with { At = new Instant(i) }).ToArray();
        await Assert.ThrowsAsync<SeriesStoreException>(
            async () => await store.Get<ISeriesWriter>().WriteAsync(batch, Stop));
        Assert.Empty(await store.Get<ISeriesReader>().LatestAsync([One.Series.Meter], Stop));
        await file.WriteAsync(connection => connection.Execute("PRAGMA max_page_count = 1000000"), Stop);
        Assert.Equal(5000, (await store.Get<ISeriesWriter>().WriteAsync(batch, Stop)).Accepted);
    }

    [Fact]
    public async Task What_was_written_and_rejected_is_counted_and_commits_are_timed()
    {
        await using var store = await OpenStore.InAsync();
        using var written = new CounterProbe("energywatch_store_readings_written_total");
        using var rejected = new CounterProbe("energywatch_store_readings_rejected_total");
        using var commits = new CounterProbe("energywatch_store_commit_seconds");
        await store.Get<ISeriesWriter>().WriteAsync(new[] { One, One with { Value = double.NaN } }, Stop);
        // Other tests write meanwhile: the counters are the process's.
        Assert.True(written.Total >= 1);
        Assert.True(rejected.Total >= 1);
        Assert.True(commits.Count >= 1);
    }

    static SqliteConnection Stranger(OpenStore store)
    {
        var connection = new SqliteConnection(
            SqliteNative.ConnectionString(store.Options.SeriesFile) + ";Pooling=False");
        connection.Open();
        return connection;
    }

    /// <summary>Listens to one instrument of the store.</summary>
    sealed class CounterProbe : IDisposable
    {
        readonly MeterListener _listener = new();
        double _total;
        long _count;

        public CounterProbe(string instrument)
        {
            _listener.InstrumentPublished = (published, listener) =>
            {
                if (published.Meter.Name == "EnergyWatch.Store"
                    && published.Name == instrument) listener.EnableMeasurementEvents(published);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Add(value));
            _listener.SetMeasurementEventCallback<double>((_, value, _, _) => Add(value));
            _listener.Start();
        }

        public double Total { get { lock (_listener) return _total; } }
        public long Count { get { lock (_listener) return _count; } }

        public void Dispose() => _listener.Dispose();

        void Add(double value)
        {
            lock (_listener)
            {
                _total += value;
                _count++;
            }
        }
    }
}
