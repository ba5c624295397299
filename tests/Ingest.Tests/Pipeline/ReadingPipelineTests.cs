using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Pipeline;

public sealed class ReadingPipelineTests
{
    static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    static readonly Exception Down = new SeriesStoreException("The store is down.");

    [Fact]
    public async Task A_ticket_completes_after_mark_write_and_quarantine()
    {
        await using var bench = new PipelineBench();
        await bench.StartAsync();
        var refusal = new Refusal(1, RefusalCodes.NotANumber, "$[1]: not a number");
        var receipt = await await bench.Pipeline.PutAsync(
            PipelineBench.Batch([PipelineBench.Reading(0), PipelineBench.Reading(100_000)], [refusal], "payload"),
            CancellationToken.None);

        Assert.Equal(["mark 1/03-16 1/03-17", "write", "quarantine 1"], bench.Journal);
        Assert.Equal((3, 2), (receipt.Received, receipt.Stored));
        Assert.Equal(refusal, Assert.Single(receipt.Quarantined));
        Assert.Equal(2, bench.Series.Store.Count);
        var item = Assert.Single(bench.Quarantine.Items);
        Assert.Equal(
            ("test:bench", RefusalCodes.NotANumber, "payload"), (item.Source, item.Code, PipelineBench.Text(item)));
        Assert.Equal(new PipelineCounters(3, 2, 1, 0, 0), bench.Pipeline.Counters);
        Assert.Equal(bench.Clock.Instant, bench.Pipeline.State.LastReceiptAt);
        bench.Log.AssertNoErrors();
    }

    [Fact]
    public async Task What_gathers_during_a_commit_shares_the_next_one()
    {
        await using var bench = new PipelineBench();
        bench.Series.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await bench.StartAsync();
        var first = await bench.PutAsync(PipelineBench.Reading(0));
        await WaitAsync(() => bench.Journal.Contains("write"));
        var others = new List<Task<IngestReceipt>>();
        for (var i = 1; i <= 100; i++) others.Add(await bench.PutAsync(PipelineBench.Reading(i)));
        bench.Series.Gate.SetResult();
        await Task.WhenAll([first, .. others]);

        Assert.Equal([1, 100], bench.Series.Sizes);
    }

    [Fact]
    public async Task A_commit_is_no_larger_than_its_limit_but_a_large_batch_goes_whole()
    {
        await using var bench = new PipelineBench(new PipelineOptions { MaxBatch = 10 });
        var tickets = new List<Task<IngestReceipt>>();
        for (var i = 0; i < 12; i++) tickets.Add(await bench.PutAsync(PipelineBench.Reading(i)));
        tickets.Add(await bench.PutAsync([.. Enumerable.Range(100, 25).Select(i => PipelineBench.Reading(i))]));
        await bench.StartAsync();
        await Task.WhenAll(tickets);

        Assert.Equal([10, 2, 25], bench.Series.Sizes);
    }

    [Fact]
    public async Task A_full_pipeline_makes_senders_wait_in_order_and_loses_nothing()
    {
        await using var bench = new PipelineBench(new PipelineOptions { Capacity = 10 });
        for (var i = 0; i < 10; i++) await bench.PutAsync(PipelineBench.Reading(i));
        var waiting = Enumerable.Range(10, 30).Select(i => bench.PutAsync(PipelineBench.Reading(i))).ToList();
        Assert.Equal(30, bench.Pipeline.State.Waiting);
        Assert.All(waiting, put => Assert.False(put.IsCompleted));
        Assert.Equal(10, bench.Pipeline.Counters.Received);

        await bench.StartAsync();
        foreach (var put in waiting) await await put;
        Assert.Equal(40, bench.Series.Store.Count);
        Assert.Equal(new PipelineCounters(40, 40, 0, 0, 0), bench.Pipeline.Counters);
    }

    [Fact]
    public async Task A_sender_that_gives_up_waiting_has_put_nothing()
    {
        await using var bench = new PipelineBench(new PipelineOptions { Capacity = 1 });
        await bench.PutAsync(PipelineBench.Reading(0));
        using var given = new CancellationTokenSource();
        var put = bench.Pipeline.PutAsync(PipelineBench.Batch(PipelineBench.Reading(1)), given.Token).AsTask();
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);

        Assert.Equal(0, bench.Pipeline.State.Waiting);
        Assert.Equal(1, bench.Pipeline.Counters.Received);
    }

    [Fact]
    public async Task Tickets_complete_in_the_order_of_their_batches()
    {
        await using var bench = new PipelineBench(new PipelineOptions { MaxBatch = 7 });
        var tickets = new List<Task<IngestReceipt>>();
        for (var i = 0; i < 2_000; i++) tickets.Add(await bench.PutAsync(PipelineBench.Reading(i)));
        await bench.StartAsync();
        while (!tickets[^1].IsCompleted)
        {
            // Looked at from the last to the first: behind a completed one only completed ones may come.
            var isCompleted = Enumerable.Reverse(tickets).Select(ticket => ticket.IsCompleted).ToList();
            Assert.DoesNotContain(false, isCompleted.SkipWhile(completed => !completed));
            await Task.Yield();
        }
        Assert.All(tickets, ticket => Assert.True(ticket.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task Of_two_readings_of_one_instant_the_later_put_wins_and_both_are_stored()
    {
        await using var bench = new PipelineBench();
        var first = await bench.PutAsync(
            PipelineBench.Reading(0, 1), PipelineBench.Reading(1, 5), PipelineBench.Reading(0, 2));
        var second = await bench.PutAsync(PipelineBench.Reading(0, 3));
        await bench.StartAsync();

        Assert.Equal((3, 1), ((await first).Stored, (await second).Stored));
        Assert.Equal([2], bench.Series.Sizes);
        var latest = await bench.Series.Store.AtOrBeforeAsync(
            PipelineBench.Reading(0).Series, bench.Clock.Instant, CancellationToken.None);
        Assert.Equal(3, latest!.Value.Value);
    }

    [Fact]
    public async Task What_the_store_rejects_is_quarantined_with_its_superseded_twin_and_harms_no_neighbour()
    {
        await using var bench = new PipelineBench();
        bench.Series.Reject = batch => PipelineBench.Refusals(batch, value: 13, "type conflict");
        var harmed = await bench.PutAsync(PipelineBench.Reading(0, 12), PipelineBench.Reading(1, 1));
        var guilty = await bench.PutAsync(PipelineBench.Reading(0, 13));
        await bench.StartAsync();

        Assert.Equal((2, 1), ((await harmed).Received, (await harmed).Stored));
        var refusal = Assert.Single((await guilty).Quarantined);
        Assert.Equal(RefusalCodes.RejectedByStore, refusal.Code);
        Assert.Equal("M-0001 energy_import at 2026-03-17T06:52:00.000Z: type conflict", refusal.Detail);
        Assert.Equal(2, bench.Quarantine.Items.Count);
        Assert.Equal(
            """{"meter":"M-0001","ts":1773730320000,"values":{"energy_import":13}}""",
            PipelineBench.Text(bench.Quarantine.Items[0]));
        Assert.Equal(new PipelineCounters(3, 1, 2, 0, 0), bench.Pipeline.Counters);
    }

    [Fact]
    public async Task A_batch_whose_indexes_do_not_fit_is_refused_at_the_door()
    {
        await using var bench = new PipelineBench();
        var batch = PipelineBench.Batch(PipelineBench.Reading(0)) with { Indexes = [] };
        await Assert.ThrowsAsync<ArgumentException>(
            async () => await bench.Pipeline.PutAsync(batch, CancellationToken.None));
        Assert.Equal(0, bench.Pipeline.Counters.Received);
    }

    [Fact]
    public async Task A_batch_larger_than_all_room_enters_an_empty_pipeline()
    {
        await using var bench = new PipelineBench(new PipelineOptions { Capacity = 10 });
        await bench.StartAsync();
        var ticket = await bench.PutAsync([.. Enumerable.Range(0, 100).Select(i => PipelineBench.Reading(i))]);
        Assert.Equal(100, (await ticket).Stored);
    }

    [Fact]
    public async Task Counters_add_up_at_every_moment_under_concurrency()
    {
        await using var bench = new PipelineBench(
            new PipelineOptions { Capacity = 200, MaxBatch = 50, RetryLimit = TimeSpan.Zero });
        var writes = 0;
        bench.Series.Fault = _ => Interlocked.Increment(ref writes) % 5 == 0 ? Down : null;
        bench.Series.Reject = batch => PipelineBench.Refusals(batch, value: 3, "type conflict");
        await bench.StartAsync();
        using var done = new CancellationTokenSource();
        var seen = 0;
        var watcher = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                var now = bench.Pipeline.Counters;
                Assert.Equal(now.Received, now.Stored + now.Quarantined + now.Pending);
                Assert.True(now.Pending >= 0);
                seen++;
            }
        });
        var clock = Task.Run(() => bench.AdvanceUntilAsync(() => done.IsCancellationRequested, Step));
        var receipts = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(sender => Task.Run(() => SendAsync(bench, sender))));
        await done.CancelAsync();
        await Task.WhenAll(watcher, clock);

        var (stored, quarantined, returned) = (
            receipts.Sum(r => r.Stored), receipts.Sum(r => r.Quarantined), receipts.Sum(r => r.Returned));
        Assert.Equal(
            new PipelineCounters(stored + quarantined, stored, quarantined, 0, returned), bench.Pipeline.Counters);
        Assert.True(stored > 0 && quarantined > 0 && returned > 0 && seen > 0);
        Assert.Equal(8 * 300 * 3, stored + quarantined + returned);
    }

    static async Task<(int Stored, int Quarantined, int Returned)> SendAsync(PipelineBench bench, int sender)
    {
        var (stored, quarantined, returned) = (0, 0, 0);
        for (var i = 0; i < 300; i++)
        {
            var number = sender * 1000 + i;
            try
            {
                var receipt = await await bench.PutAsync(
                    PipelineBench.Reading(2 * number, 1), PipelineBench.Reading(2 * number + 1, i % 4),
                    PipelineBench.Reading(-10_000));
                stored += receipt.Stored;
                quarantined += receipt.Quarantined.Count;
            }
            catch (NotStoredException)
            {
                returned += 3;
            }
        }
        return (stored, quarantined, returned);
    }

    static async Task WaitAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Yield();
    }
}
