using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Pipeline;

public sealed class PipelineOutageTests
{
    static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    static readonly Exception Down = new SeriesStoreException("The store is down.");

    [Fact]
    public async Task Each_attempt_marks_again_and_a_short_outage_is_not_seen_by_senders()
    {
        await using var bench = new PipelineBench();
        var failures = 3;
        bench.Series.Fault = _ => failures-- > 0 ? Down : null;
        await bench.StartAsync();
        var ticket = await bench.PutAsync(PipelineBench.Reading(0));
        await bench.AdvanceUntilAsync(() => ticket.IsCompleted, Step);

        Assert.Equal(1, (await ticket).Stored);
        string[] attempt = ["mark 1/03-17", "write"];
        Assert.Equal([.. attempt, .. attempt, .. attempt, .. attempt], bench.Journal);
        Assert.Null(bench.Pipeline.State.FailingSince);
        Assert.Equal("The store is down.", bench.Pipeline.State.LastFault);
        bench.Log.AssertNoErrors();
    }

    [Fact]
    public async Task A_long_outage_returns_tickets_shows_itself_and_recovers_alone()
    {
        await using var bench = new PipelineBench();
        var isDown = true;
        bench.Series.Fault = _ => isDown ? Down : null;
        await bench.StartAsync();
        var began = bench.Clock.Instant;
        var ticket = await bench.PutAsync(PipelineBench.Reading(0));
        await bench.AdvanceUntilAsync(() => ticket.IsCompleted, Step);

        var refused = await Assert.ThrowsAsync<NotStoredException>(() => ticket);
        Assert.Contains("The store is down.", refused.Message);
        // No upper end: on a loaded machine this clock runs ahead of the loop.
        Assert.True(bench.Clock.Instant - began >= bench.Options.RetryLimit - TimeSpan.FromSeconds(5));
        Assert.Equal(new PipelineCounters(0, 0, 0, 0, 1), bench.Pipeline.Counters);
        Assert.True(bench.Pipeline.State.FailingSince >= began);
        Assert.False(bench.Pipeline.State.IsHealthy);

        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(bench.Pipeline.State.IsHealthy, "Nothing came to try with: nobody knows whether it still fails.");
        isDown = false;
        var next = await bench.PutAsync(PipelineBench.Reading(1));
        await bench.AdvanceUntilAsync(() => next.IsCompleted, Step);
        Assert.Equal(1, (await next).Stored);
        Assert.True(bench.Pipeline.State.IsHealthy);
        Assert.Equal(new PipelineCounters(1, 1, 0, 0, 1), bench.Pipeline.Counters);
    }

    [Fact]
    public async Task A_quarantine_that_fails_is_tried_again_without_a_second_write()
    {
        await using var bench = new PipelineBench();
        var failures = 1;
        bench.Quarantine.Fault = () => failures-- > 0 ? new IOException("disk full") : null;
        await bench.StartAsync();
        var ticket = await bench.Pipeline.PutAsync(
            PipelineBench.Batch([PipelineBench.Reading(0)], [new Refusal(0, "X", "y")], "p"), CancellationToken.None);
        await bench.AdvanceUntilAsync(() => ticket.IsCompleted, Step);

        Assert.Equal(1, (await ticket).Stored);
        Assert.Single(bench.Quarantine.Items);
    }

    [Fact]
    public async Task A_batch_that_breaks_the_store_is_quarantined_alone()
    {
        await using var bench = new PipelineBench();
        bench.Series.Fault = batch =>
            batch.ToArray().Any(reading => reading.Value == 666) ? new InvalidOperationException("boom") : null;
        var before = await bench.PutAsync(PipelineBench.Reading(0));
        var bad = await bench.PutAsync(PipelineBench.Reading(1, 666));
        var after = await bench.PutAsync(PipelineBench.Reading(2));
        await bench.StartAsync();

        Assert.Equal((1, 1), ((await before).Stored, (await after).Stored));
        Assert.Equal(RefusalCodes.RejectedByStore, Assert.Single((await bad).Quarantined).Code);
        Assert.Equal(2, bench.Series.Store.Count);
        Assert.Equal(
            ("M-0001 energy_import at 2026-03-17T06:51:59.000Z: The store cannot take it: boom",
                """{"meter":"M-0001","ts":1773730319000,"values":{"energy_import":666}}"""),
            (bench.Quarantine.Items.Single().Detail, PipelineBench.Text(bench.Quarantine.Items[0])));
        Assert.Equal(new PipelineCounters(3, 2, 1, 0, 0), bench.Pipeline.Counters);
        const string expected = "A batch of test:bench cannot be stored, others can: it is in the quarantine";
        Assert.Contains(bench.Log.Lines, line => line.Message == expected);
    }

    // Nobody is there to tell it from a store that takes nothing; but three in a row are the store.
    [Fact]
    public async Task A_batch_that_breaks_the_store_and_comes_alone_is_quarantined_when_its_time_is_over()
    {
        await using var bench = new PipelineBench();
        var isBroken = false;
        bench.Series.Fault = batch => isBroken || batch.ToArray().Any(reading => reading.Value == 666)
            ? new InvalidOperationException("boom") : null;
        await bench.StartAsync();
        var (poison, others) = (await bench.PutAsync(PipelineBench.Reading(0, 666)), 1);
        await bench.AdvanceUntilAsync(() => poison.IsCompleted, Step);
        Assert.Equal((1, 0), ((await poison).Quarantined.Count, (await poison).Stored));
        Assert.Equal(1, (await await bench.PutAsync(PipelineBench.Reading(1))).Stored);

        isBroken = true;
        var fates = new List<string>();
        while (fates.Count < 5)
        {
            var ticket = await bench.PutAsync(PipelineBench.Reading(++others));
            await bench.AdvanceUntilAsync(() => ticket.IsCompleted, Step);
            fates.Add(ticket.IsFaulted ? "returned" : $"quarantined {(await ticket).Quarantined.Count}");
        }
        Assert.Equal(["quarantined 1", "quarantined 1", "quarantined 1", "returned", "returned"], fates);
        Assert.Equal(4, bench.Quarantine.Items.Count);
    }

    [Fact]
    public async Task A_store_that_hangs_is_left_behind_and_marked_again_when_it_comes_back()
    {
        await using var bench = new PipelineBench();
        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bench.Series.Gate = hanging;
        await bench.StartAsync();
        var ticket = await bench.PutAsync(PipelineBench.Reading(0));
        await bench.AdvanceUntilAsync(() => ticket.IsCompleted, TimeSpan.FromMilliseconds(500), throughAttempts: true);
        await Assert.ThrowsAsync<NotStoredException>(() => ticket);
        Assert.Single(bench.Journal, "write");

        hanging.SetResult();
        var next = await bench.PutAsync(PipelineBench.Reading(100_000));
        await bench.AdvanceUntilAsync(() => next.IsCompleted, TimeSpan.FromMilliseconds(500));
        Assert.Equal(1, (await next).Stored);
        Assert.Equal(["mark 1/03-17", "write", "mark 1/03-17", "mark 1/03-16", "write"], bench.Journal);
    }

    [Fact]
    public async Task Senders_of_different_age_are_returned_each_at_its_own_limit()
    {
        await using var bench = new PipelineBench();
        bench.Series.Fault = _ => Down;
        await bench.StartAsync();
        var old = await bench.PutAsync(PipelineBench.Reading(0));
        var oldAt = bench.Clock.Instant;
        await bench.AdvanceUntilAsync(() => bench.Clock.Instant - oldAt > TimeSpan.FromSeconds(10), Step);
        var young = await bench.PutAsync(PipelineBench.Reading(1));
        var youngAt = bench.Clock.Instant;
        await bench.AdvanceUntilAsync(() => old.IsCompleted, Step);
        Assert.False(young.IsCompleted);
        await bench.AdvanceUntilAsync(() => young.IsCompleted, Step);

        Assert.True(bench.Clock.Instant - youngAt >= bench.Options.RetryLimit - TimeSpan.FromSeconds(5));
        await Assert.ThrowsAsync<NotStoredException>(() => old);
        await Assert.ThrowsAsync<NotStoredException>(() => young);
    }

    [Fact]
    public async Task A_write_that_took_longer_than_its_mark_holds_is_marked_again()
    {
        await using var bench = new PipelineBench();
        bench.Series.Fault = _ =>
        {
            bench.Clock.Advance(DurableWrite.AttemptLimit + TimeSpan.FromSeconds(1));
            return null;
        };
        await bench.StartAsync();
        var ticket = await bench.PutAsync(PipelineBench.Reading(0));

        Assert.Equal(1, (await ticket).Stored);
        Assert.Equal(["mark 1/03-17", "write", "mark 1/03-17"], bench.Journal);
    }

    [Fact]
    public async Task A_mark_that_fails_lets_no_write_through()
    {
        await using var bench = new PipelineBench();
        var failures = 2;
        bench.MarkFault = () => failures-- > 0 ? new IOException("disk full") : null;
        await bench.StartAsync();
        var ticket = await bench.PutAsync(PipelineBench.Reading(0));
        await bench.AdvanceUntilAsync(() => ticket.IsCompleted, Step);

        Assert.Equal(1, (await ticket).Stored);
        Assert.Equal(["mark 1/03-17", "write"], bench.Journal);
    }

    [Fact]
    public async Task A_stop_writes_what_was_taken_and_refuses_what_comes()
    {
        await using var bench = new PipelineBench();
        bench.Series.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await bench.StartAsync();
        var tickets = new List<Task<IngestReceipt>>();
        for (var i = 0; i < 50; i++) tickets.Add(await bench.PutAsync(PipelineBench.Reading(i)));
        await WaitAsync(() => bench.Journal.Contains("write"));
        var stopping = bench.Pipeline.StopAsync(CancellationToken.None);
        await Assert.ThrowsAsync<NotStoredException>(async () => await bench.PutAsync(PipelineBench.Reading(99)));
        bench.Series.Gate.SetResult();
        await stopping;

        Assert.All(tickets, ticket => Assert.True(ticket.IsCompletedSuccessfully));
        Assert.Equal(50, bench.Series.Store.Count);
        Assert.True(bench.Pipeline.State.IsStopped);
    }

    [Fact]
    public async Task A_pipeline_stopped_before_it_ran_returns_what_was_taken()
    {
        await using var bench = new PipelineBench();
        var ticket = await bench.PutAsync(PipelineBench.Reading(0));
        await bench.Pipeline.StopAsync(CancellationToken.None);

        await Assert.ThrowsAsync<NotStoredException>(() => ticket);
        Assert.Equal(new PipelineCounters(0, 0, 0, 0, 1), bench.Pipeline.Counters);
    }

    [Fact]
    public async Task A_stop_during_an_outage_ends_in_bounded_time_and_returns_what_is_left()
    {
        await using var bench = new PipelineBench(
            new PipelineOptions { Capacity = 3, RetryLimit = TimeSpan.FromHours(1) });
        bench.Series.Fault = _ => Down;
        await bench.StartAsync();
        var tickets = new List<Task<IngestReceipt>>();
        for (var i = 0; i < 3; i++) tickets.Add(await bench.PutAsync(PipelineBench.Reading(i)));
        var waiting = bench.PutAsync(PipelineBench.Reading(3));
        await WaitAsync(() => bench.Journal.Contains("write"));
        var stopping = bench.Pipeline.StopAsync(CancellationToken.None);
        await Assert.ThrowsAsync<NotStoredException>(() => waiting);
        var began = bench.Clock.Instant;
        await bench.AdvanceUntilAsync(() => stopping.IsCompleted, Step);

        await stopping;
        Assert.True(bench.Clock.Instant - began < TimeSpan.FromHours(1), "It waited for the retry limit.");
        foreach (var ticket in tickets) await Assert.ThrowsAsync<NotStoredException>(() => ticket);
        Assert.Equal(new PipelineCounters(0, 0, 0, 0, 3), bench.Pipeline.Counters);
    }

    static async Task WaitAsync(Func<bool> condition)
    {
        while (!condition()) await Task.Yield();
    }
}
