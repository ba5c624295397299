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

    // Since the store last took something.
    int _setAside;

    public Faults Now => _faults;

    /// <summary>Answers how long to wait before the next round; zero after one that succeeded.</summary>
    public async Task<TimeSpan> RoundAsync(IReadOnlyList<Ticket> tickets, CancellationToken stop)
    {
        var open = Ticket.OpenOf(tickets);
        var fault = await TryAsync(open, stop);
        if (fault is not null && !IsOutage(fault) && CanTellApart(open)) fault = await TryAloneAsync(tickets, stop);
        var pause = TimeSpan.Zero;
        if (fault is null) Succeeded();
        else
        {
            pause = Failed(fault);
            if (await GiveUpAsync(Ticket.OpenOf(tickets), fault, pause, stop)) pause = TimeSpan.Zero;
        }
        foreach (var ticket in tickets) ticket.Conclude();
        return pause;
    }

    void Succeeded()
    {
        if (_schedule.FailingSince is { } since) log.StoringAgain(_schedule.Failures, since);
        _schedule.Succeeded();
        _faults = _faults with { FailingSince = null };
    }

    async Task<Exception?> TryAsync(IReadOnlyList<Ticket> tickets, CancellationToken stop)
    {
        try
        {
            var group = screener.Screen(tickets);
            await write.AttemptAsync(group, stop);
            group.Complete();
            if (!group.Readings.IsEmpty) _setAside = 0;
            // Only after a success: a call that was left behind may still look at its readings.
            group.Release();
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    static bool CanTellApart(IReadOnlyList<Ticket> tickets) =>
        tickets.Count > 1 || tickets[0].Batches.Count > 1 || tickets[0].Flaw is not null;

    // What is not the fault of a store may be the fault of one batch: its neighbours are stored, and it goes to the
    // quarantine itself, since it would fail as often as it came again. Answers what is to be waited for; null where
    // nothing is open any more.
    async Task<Exception?> TryAloneAsync(IReadOnlyList<Ticket> tickets, CancellationToken stop)
    {
        var failed = new List<Ticket>();
        var faults = new List<Exception>();
        var isAnyStored = false;
        foreach (var ticket in tickets) ticket.Divide();
        foreach (var batch in Ticket.OpenOf(tickets))
        {
            isAnyStored |= batch.Flaw is not null;
            var fault = batch.Flaw ?? await TryAsync([batch], stop);
            isAnyStored |= fault is null && batch.Receipt!.Stored > 0;
            if (fault is null) continue;
            if (IsOutage(fault)) return fault;
            failed.Add(batch);
            faults.Add(fault);
            if (!isAnyStored && failed.Count == FailuresOfTheStore) return fault;
        }
        if (!isAnyStored && failed.Count > 0) return faults[0];
        for (var i = 0; i < failed.Count; i++) failed[i].Flaw = faults[i];
        foreach (var batch in failed)
            if (await SetAsideAsync(batch, batch.Flaw!, stop) is { } refused) return refused;
        return null;
    }

    async Task<Exception?> SetAsideAsync(Ticket batch, Exception fault, CancellationToken stop)
    {
        try
        {
            var group = screener.SetAside(batch, $"The store cannot take it: {InWords(fault)}");
            await write.AttemptAsync(group, stop);
            group.Complete();
            group.Release();
            log.BatchNotStored(batch.Source, fault);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    TimeSpan Failed(Exception fault)
    {
        if (_schedule.Failures == 0) log.NotStoring(fault);
        var pause = _schedule.Failed();
        _faults = new Faults(_schedule.FailingSince, clock.Now(), InWords(fault));
        return pause;
    }

    // True where it was the fault of a batch after all.
    async Task<bool> GiveUpAsync(IReadOnlyList<Ticket> open, Exception fault, TimeSpan pause, CancellationToken stop)
    {
        foreach (var ticket in open)
            if (stop.IsCancellationRequested)
                ticket.Fault = new NotStoredException("The service stopped before it could be stored.", fault);
            else if (clock.GetElapsedTime(ticket.TakenAt) + pause < options.RetryLimit) continue;
            else if (await IsSetAsideAsync(ticket, open.Count, fault, stop)) return true;
            else ticket.Fault = GivenUp(fault);
        return false;
    }

    // One that came alone has no neighbour to tell it from a store that takes nothing. After the first few it is the
    // store: then senders keep what they have.
    async Task<bool> IsSetAsideAsync(Ticket ticket, int open, Exception fault, CancellationToken stop)
    {
        if (open > 1 || ticket.Batches.Count > 1 || IsOutage(fault) || _setAside >= FailuresOfTheStore) return false;
        if (await SetAsideAsync(ticket, fault, stop) is not null) return false;
        _setAside++;
        _schedule.Succeeded();
        _faults = _faults with { FailingSince = null };
        return true;
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
