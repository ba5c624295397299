using System.Data.Common;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// One round over a group of tickets: an attempt to make it durable, and what follows from its failure. After a round a
/// ticket has a receipt, a fault, or is still open and comes along in the next round.
/// </summary>
sealed class GroupCommit(
    Screener screener, DurableWrite write, PipelineOptions options, TimeProvider clock, ILogger log)
{
    /// <summary>So many batches in a row that fail alone, and none that does not: it is the store, not a
    /// batch.</summary>
    const int FailuresOfTheStore = 3;

    readonly RetrySchedule _schedule = new(
        clock, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5), Random.Shared.NextDouble);

    volatile Faults _faults = new(null, null, null);

    public Faults Now => _faults;

    /// <summary>Answers how long to wait before the next round; zero after one that succeeded.</summary>
    public async Task<TimeSpan> RoundAsync(IReadOnlyList<Ticket> tickets, CancellationToken stop)
    {
        var fault = await TryAsync(tickets, stop);
        if (fault is not null && HasSeveral(tickets) && !IsOutage(fault) && await TryAloneAsync(tickets, stop))
            fault = null;
        if (fault is null)
        {
            if (_schedule.FailingSince is { } since) log.StoringAgain(_schedule.Failures, since);
            _schedule.Succeeded();
            _faults = _faults with { FailingSince = null };
            return TimeSpan.Zero;
        }
        if (_schedule.Failures == 0) log.NotStoring(fault);
        var pause = _schedule.Failed();
        _faults = new Faults(_schedule.FailingSince, clock.Now(), InWords(fault));
        foreach (var ticket in tickets)
            if (stop.IsCancellationRequested)
                ticket.Fault = new NotStoredException("The service stopped before it could be stored.", fault);
            else if (clock.GetElapsedTime(ticket.TakenAt) + pause >= options.RetryLimit) ticket.Fault = GivenUp(fault);
        return pause;
    }

    async Task<Exception?> TryAsync(IReadOnlyList<Ticket> tickets, CancellationToken stop)
    {
        try
        {
            var group = screener.Screen(tickets);
            await write.AttemptAsync(group, stop);
            group.Complete();
            // Only after a success: a call that was left behind may still look at its readings.
            group.Release();
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    static bool HasSeveral(IReadOnlyList<Ticket> tickets) => tickets.Count > 1 || tickets[0].Batches.Count > 1;

    // What is not the fault of a store may be the fault of one batch: then it alone fails, and its neighbours are
    // stored.
    async Task<bool> TryAloneAsync(IReadOnlyList<Ticket> tickets, CancellationToken stop)
    {
        var failed = new List<(Ticket Ticket, Exception Fault)>();
        var isAnyStored = false;
        var alone = tickets.Select(Alone).ToList();
        foreach (var ticket in alone.SelectMany(one => one))
        {
            var fault = await TryAsync([ticket], stop);
            isAnyStored |= fault is null;
            if (fault is not null) failed.Add((ticket, fault));
            if (!isAnyStored && failed.Count == FailuresOfTheStore) return false;
        }
        if (!isAnyStored) return false;
        foreach (var (ticket, fault) in failed)
        {
            log.BatchNotStored(ticket.Source, fault);
            ticket.Fault = GivenUp(fault);
        }
        for (var i = 0; i < tickets.Count; i++) Conclude(tickets[i], alone[i]);
        return true;
    }

    static Ticket[] Alone(Ticket ticket) => ticket.Batches.Count == 1
        ? [ticket] : [.. ticket.Batches.Select(batch => new Ticket([batch], ticket.TakenAt))];

    // Messages that share a ticket share the failure of one; those that were stored then come again, which is harmless.
    static void Conclude(Ticket ticket, Ticket[] alone)
    {
        if (ReferenceEquals(alone[0], ticket)) return;
        ticket.Fault = Array.Find(alone, one => one.Fault is not null)?.Fault;
        if (ticket.Fault is null) ticket.Receipt = IngestReceipt.Of([.. alone.Select(one => one.Receipt!)]);
    }

    static bool IsOutage(Exception fault) =>
        fault is SeriesStoreException or DbException or IOException or TimeoutException or OperationCanceledException;

    static NotStoredException GivenUp(Exception fault) => new($"Storage could not take it: {InWords(fault)}", fault);

    static string InWords(Exception fault) => fault is OperationCanceledException
        ? $"the store has not answered for {(int)DurableWrite.AttemptLimit.TotalSeconds} s"
        : fault.Message;

    /// <summary>How storing fails: since when, when last, and how.</summary>
    public sealed record Faults(Instant? FailingSince, Instant? LastAt, string? Last);
}
