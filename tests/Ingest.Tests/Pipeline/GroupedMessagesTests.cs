using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Tests.Pipeline;

/// <summary>Messages of one sender that are put in one go: one ticket, and all the same each its own fate.</summary>
public sealed class GroupedMessagesTests
{
    [Fact]
    public async Task They_share_a_ticket_and_a_commit_and_nothing_more_is_said_where_all_is_well()
    {
        await using var bench = new PipelineBench();
        await bench.StartAsync();
        var receipt = await await bench.Pipeline.PutAllAsync(
            [Message("a", [0, 1]), Message("b", [2]), Message("c", [3])], CancellationToken.None);

        Assert.Equal((4, 4, 0, 0), (receipt.Received, receipt.Stored, receipt.Quarantined.Count, receipt.Parts.Count));
        Assert.Equal([4], bench.Series.Sizes);
        Assert.Equal(new PipelineCounters(4, 4, 0, 0, 0), bench.Pipeline.Counters);
    }

    [Fact]
    public async Task Each_has_its_own_receipt_and_is_quarantined_with_its_own_bytes()
    {
        await using var bench = new PipelineBench();
        await bench.StartAsync();
        var refusal = new Refusal(0, RefusalCodes.Malformed, "$: not JSON");
        var receipt = await await bench.Pipeline.PutAllAsync(
            [
                Message("first", [0]), Message("second", [], refusal), Message("third", [1]),
                Message("fourth", [2, double.NaN]), Message("fifth", [3]),
            ],
            CancellationToken.None);

        Assert.Equal((6, 4), (receipt.Received, receipt.Stored));
        Assert.Equal(
            [(1, 1), (1, 0), (1, 1), (2, 1), (1, 1)], receipt.Parts.Select(part => (part.Received, part.Stored)));
        Assert.Equal([0, 1, 0, 1, 0], receipt.Parts.Select(part => part.Quarantined.Count));
        Assert.Equal(
            [("second", RefusalCodes.Malformed), ("fourth", RefusalCodes.NotANumber)],
            bench.Quarantine.Items.Select(item => (PipelineBench.Text(item), item.Code)));
        Assert.Equal(new PipelineCounters(6, 4, 2, 0, 0), bench.Pipeline.Counters);
    }

    [Fact]
    public async Task One_that_no_store_can_take_is_quarantined_as_it_came_and_all_others_are_answered_as_ever()
    {
        await using var bench = new PipelineBench();
        bench.Series.Fault = Unlucky;
        var refusal = new Refusal(0, RefusalCodes.Malformed, "$: not JSON");
        var group = await bench.Pipeline.PutAllAsync(
            [Message("a", [0]), Message("b", [13, 14]), Message("c", [2]), Message("d", [], refusal)],
            CancellationToken.None);
        var other = await bench.PutAsync(PipelineBench.Reading(50));
        await bench.StartAsync();

        Assert.Equal(1, (await other).Stored);
        Assert.Equal(
            [(1, 1, 0), (2, 0, 1), (1, 1, 0), (1, 0, 1)],
            (await group).Parts.Select(part => (part.Received, part.Stored, part.Quarantined.Count)));
        Assert.Equal(3, bench.Series.Store.Count);
        Assert.Equal(
            [("b", RefusalCodes.RejectedByStore, "All 2 items: The store cannot take it: unlucky"),
                ("d", RefusalCodes.Malformed, "$: not JSON")],
            bench.Quarantine.Items.Select(item => (PipelineBench.Text(item), item.Code, item.Detail)).Order());
        Assert.Equal(new PipelineCounters(6, 3, 3, 0, 0), bench.Pipeline.Counters);
    }

    [Fact]
    public async Task Alone_in_a_commit_one_that_no_store_can_take_harms_no_neighbour_either()
    {
        await using var bench = new PipelineBench();
        bench.Series.Fault = Unlucky;
        var group = await bench.Pipeline.PutAllAsync([Message("a", [0]), Message("b", [13])], CancellationToken.None);
        await bench.StartAsync();

        Assert.Equal([(1, 1), (1, 0)], (await group).Parts.Select(part => (part.Received, part.Stored)));
        Assert.Equal(1, bench.Series.Store.Count);
        Assert.Equal("b", PipelineBench.Text(Assert.Single(bench.Quarantine.Items)));
    }

    // The store goes down in the middle of the tries: what was decided by then is not done again.
    [Fact]
    public async Task Outage_while_they_are_tried_one_by_one_loses_nothing_and_quarantines_nothing_twice()
    {
        await using var bench = new PipelineBench();
        var (down, calls) = (new SeriesStoreException("down"), 0);
        bench.Series.Fault = batch => Unlucky(batch) ?? (++calls is > 1 and < 4 ? down : null);
        var refusal = new Refusal(0, RefusalCodes.Malformed, "$: not JSON");
        var group = await bench.Pipeline.PutAllAsync(
            [Message("a", [0]), Message("b", [], refusal), Message("c", [13]), Message("d", [3]), Message("e", [4])],
            CancellationToken.None);
        await bench.StartAsync();
        await bench.AdvanceUntilAsync(() => group.IsCompleted, TimeSpan.FromMilliseconds(50));

        Assert.Equal([1, 0, 0, 1, 1], (await group).Parts.Select(part => part.Stored));
        Assert.Equal(["b", "c"], bench.Quarantine.Items.Select(PipelineBench.Text).Order());
        Assert.Equal(3, bench.Series.Store.Count);
    }

    [Fact]
    public async Task Quarantine_that_fails_meanwhile_takes_the_refused_one_later_and_once()
    {
        await using var bench = new PipelineBench();
        var failures = 2;
        bench.Series.Fault = Unlucky;
        bench.Quarantine.Fault = () => failures-- > 0 ? new IOException("disk full") : null;
        var group = await bench.Pipeline.PutAllAsync(
            [Message("a", [0]), Message("b", [13]), Message("c", [2])], CancellationToken.None);
        await bench.StartAsync();
        await bench.AdvanceUntilAsync(() => group.IsCompleted, TimeSpan.FromMilliseconds(50));

        Assert.Equal([1, 0, 1], (await group).Parts.Select(part => part.Stored));
        Assert.Equal("b", PipelineBench.Text(Assert.Single(bench.Quarantine.Items)));
    }

    static Exception? Unlucky(ReadOnlyMemory<Reading> batch) =>
        batch.ToArray().Any(reading => reading.Value == 13) ? new InvalidOperationException("unlucky") : null;

    // Every value is a reading of its own instant.
    static IngestBatch Message(string payload, double[] values, params Refusal[] refusals)
    {
        var readings = values.Select(
            value => PipelineBench.Reading(double.IsNaN(value) ? 99 : (int)value, value)).ToArray();
        return PipelineBench.Batch(readings, refusals, payload);
    }
}
