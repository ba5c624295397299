using System.Threading.Channels;
using EnergyWatch.Domain.Time;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Where all ways in meet. Takes batches while there is room, and commits in one go whatever gathered while the last
/// commit ran: the busier it is, the more readings share a commit. One commit at a time; tickets complete in the order
/// of their batches.
/// <para>When storage fails, senders wait up to <see cref="PipelineOptions.RetryLimit"/> and are told then; the loop
/// goes on trying with what comes, and recovers by itself.</para>
/// </summary>
public sealed class ReadingPipeline : BackgroundService, IReadingSink
{
    /// <summary>When nothing comes, nothing is tried: a store that failed a while ago may be well. Who asks for
    /// readiness must let us try.</summary>
    static readonly TimeSpan FailingIsKnownFor = TimeSpan.FromMinutes(1);

    readonly Channel<Ticket> _taken = Channel.CreateUnbounded<Ticket>(
        new UnboundedChannelOptions { SingleReader = true });
    readonly CancellationTokenSource _stopping = new();
    readonly CancellationTokenSource _abandoned = new();
    readonly Tally _tally = new();
    readonly Room _room;
    readonly GroupCommit _commit;
    readonly PipelineMetrics _metrics;
    readonly PipelineOptions _options;
    readonly TimeProvider _clock;
    readonly ILogger _log;
    ITimer? _stopLimit;
    long _lastReceiptMs = long.MinValue;
    bool _isStopped;

    internal ReadingPipeline(
        Screener screener, PipelineStores stores, PipelineOptions options, TimeProvider clock,
        ILogger<ReadingPipeline> log)
    {
        (_options, _clock, _log) = (options, clock, log);
        _room = new Room(options.Capacity);
        _commit = new GroupCommit(screener, new DurableWrite(stores, clock), options, clock, log);
        _metrics = new PipelineMetrics(_tally, _room);
    }

    public PipelineCounters Counters => _tally.Now;

    /// <summary>Told of each batch that became durable, on the pipeline's own loop: it must be quick and not
    /// throw.</summary>
    internal Action<IngestBatch, IngestReceipt>? Settled { get; init; }

    public PipelineState State
    {
        get
        {
            var (counters, faults, receipt) = (_tally.Now, _commit.Now, Interlocked.Read(ref _lastReceiptMs));
            var isKnown = counters.Pending > 0 || _clock.Now() - faults.LastAt < FailingIsKnownFor;
            return new PipelineState(
                counters, _room.Waiting, receipt == long.MinValue ? null : new Instant(receipt),
                isKnown ? faults.FailingSince : null, faults.LastAt, faults.Last, Volatile.Read(ref _isStopped));
        }
    }

    /// <summary>A small part of the room: a sender that floods gets no more at a time than one that does not.</summary>
    public int Turn => Math.Max(1, _options.Capacity / 512);

    public ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop) =>
        PutAllAsync([batch], stop);

    public async ValueTask<Task<IngestReceipt>> PutAllAsync(IReadOnlyList<IngestBatch> batches, CancellationToken stop)
    {
        for (var i = 0; i < batches.Count; i++)
            if (batches[i].Indexes.Count != batches[i].Readings.Count)
                throw new ArgumentException(
                    $"{batches[i].Readings.Count} readings have {batches[i].Indexes.Count} indexes.", nameof(batches));
        var room = Ticket.RoomFor(batches);
        if (!await _room.EnterAsync(room, stop)) throw Stopping();
        var ticket = new Ticket(batches, _clock.GetTimestamp());
        _tally.Take(ticket.Count);
        if (_taken.Writer.TryWrite(ticket)) return ticket.Task;
        _tally.Return(ticket.Count);
        _room.Leave(room);
        throw Stopping();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // Not left to the loop: stopped right after its start, it may never begin to run.
        BeginStop();
        await base.StopAsync(cancellationToken);
        if (ExecuteTask is { IsCompleted: false }) return;
        while (_taken.Reader.TryRead(out var ticket)) Return(ticket, Stopping());
    }

    public override void Dispose()
    {
        base.Dispose();
        _metrics.Dispose();
        _stopLimit?.Dispose();
        _stopping.Dispose();
        _abandoned.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The host may also stop without StopAsync: by Dispose.
        using var registration = stoppingToken.Register(BeginStop);
        var group = new List<Ticket>();
        while (group.Count > 0 || await _taken.Reader.WaitToReadAsync(CancellationToken.None))
        {
            Gather(group);
            var began = _clock.GetTimestamp();
            var pause = await RoundAsync(group);
            var settled = Settle(group);
            if (settled > 0) _metrics.Committed(settled, _clock.GetElapsedTime(began));
            if (pause > TimeSpan.Zero) await PauseAsync(pause);
        }
    }

    void BeginStop()
    {
        if (Interlocked.Exchange(ref _isStopped, true)) return;
        _stopLimit = _clock.CreateTimer(_ => _abandoned.Cancel(), null, _options.StopLimit, Timeout.InfiniteTimeSpan);
        _stopping.Cancel();
        _room.Close();
        _taken.Writer.TryComplete();
    }

    void Gather(List<Ticket> group)
    {
        var count = group.Sum(ticket => ticket.Count);
        while (_taken.Reader.TryPeek(out var next) && (group.Count == 0 || count + next.Count <= _options.MaxBatch))
        {
            _taken.Reader.TryRead(out _);
            group.Add(next);
            count += next.Count;
        }
    }

    async Task<TimeSpan> RoundAsync(List<Ticket> group)
    {
        if (!_abandoned.IsCancellationRequested) return await _commit.RoundAsync(group, _abandoned.Token);
        foreach (var ticket in group) ticket.Fault = Stopping();
        return TimeSpan.Zero;
    }

    int Settle(List<Ticket> group)
    {
        var settled = 0;
        foreach (var ticket in group)
        {
            if (ticket.Receipt is null && ticket.Fault is null) continue;
            settled += ticket.Count;
            if (ticket.Receipt is { } receipt) Complete(ticket, receipt);
            else Return(ticket, ticket.Fault!);
        }
        group.RemoveAll(ticket => ticket.Task.IsCompleted);
        return settled;
    }

    void Complete(Ticket ticket, IngestReceipt receipt)
    {
        _tally.Settle(receipt.Stored, receipt.Received - receipt.Stored);
        Interlocked.Exchange(ref _lastReceiptMs, _clock.Now().UnixMilliseconds);
        _room.Leave(Ticket.RoomFor(ticket.Batches));
        if (Settled is not null) Tell(Settled, ticket.Batches, receipt);
        ticket.TrySetResult(receipt);
    }

    // Before the ticket completes: after it the batches are their sender's again.
    static void Tell(
        Action<IngestBatch, IngestReceipt> settled, IReadOnlyList<IngestBatch> batches, IngestReceipt receipt)
    {
        for (var i = 0; i < batches.Count; i++)
            settled(batches[i], batches.Count == 1 ? receipt
                : receipt.Parts.Count > 0 ? receipt.Parts[i]
                : new IngestReceipt(batches[i].Received, batches[i].Received, []));
    }

    void Return(Ticket ticket, Exception fault)
    {
        _tally.Return(ticket.Count);
        _log.Returned(ticket.Count, ticket.Source, fault.Message);
        _room.Leave(Ticket.RoomFor(ticket.Batches));
        ticket.TrySetException(fault);
        _ = ticket.Task.Exception; // A sender that went away does not look; that is no unobserved fault.
    }

    // A stop cuts the pause short for one attempt at once; once its limit has passed, what is left is returned.
    async Task PauseAsync(TimeSpan pause)
    {
        var cut = _stopping.IsCancellationRequested ? _abandoned : _stopping;
        try
        {
            await Task.Delay(pause, _clock, cut.Token);
        }
        catch (OperationCanceledException)
        {
            // Cut short, as said above.
        }
    }

    static NotStoredException Stopping() => new("The service is stopping and takes nothing more.");
}
