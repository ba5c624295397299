using System.Runtime.CompilerServices;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>
/// What was polled, on its way to storage. A meter does not send again: what storage does not take is kept and offered again until it
/// does. That is bounded in memory; at the bound polling waits, and what was read is never dropped. While something is kept, what comes
/// is kept behind it, so that a failing storage gets one attempt at a time and meters are polled on.
/// </summary>
sealed class PollOutbox(IReadingSink sink, PollContext context)
{
    // Offered in one go: enough to catch up quickly, little beside what the pipeline holds.
    const int OfferedReadings = 20_000;
    static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    readonly Lock _lock = new();
    readonly Queue<IngestBatch> _kept = [];
    TaskCompletionSource? _some;
    TaskCompletionSource? _room;
    TaskCompletionSource? _known;
    int _readings;
    int _unknown;
    long _keptSince;
    bool _fails;

    /// <summary>Readings that storage did not take yet.</summary>
    public int Held { get { lock (_lock) return _readings; } }

    /// <summary>
    /// Awaits room, not storage: what becomes of the batch is watched, and the next meter is asked meanwhile. A stop ends the wait, and
    /// the batch is kept all the same.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask PutAsync(IngestBatch batch, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                stop.ThrowIfCancellationRequested();
                Task room;
                lock (_lock)
                {
                    if (_readings == 0) break;
                    if (_readings < context.Options.MaxHeldReadings)
                    {
                        Keep(batch);
                        return;
                    }
                    if (_room is null) context.Log.PollingWaits(_readings);
                    room = Later(ref _room);
                }
                await room.WaitAsync(stop);
            }
            var ticket = await OfferAsync(batch, stop);
            if (!ticket.IsCompletedSuccessfully) Watch(batch, ticket);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            lock (_lock) Keep(batch);
            throw;
        }
    }

    /// <summary>Offers what is kept, until it is stopped; then once more, for as long as a stop may take.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var schedule = new RetrySchedule(context.Clock, FirstPause, LongestPause, context.Jitter);
        try
        {
            while (true)
            {
                await SomeAsync().WaitAsync(stop);
                if (await OfferAsync(Take(), stop)) schedule.Succeeded();
                else await Task.Delay(schedule.Failed(), context.Clock, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await LeaveAsync();
        }
    }

    // A sink that takes nothing at all fails its ticket: the same to us.
    async ValueTask<Task<IngestReceipt>> OfferAsync(IngestBatch batch, CancellationToken stop)
    {
        try
        {
            return await sink.PutAsync(batch, stop);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            return Task.FromException<IngestReceipt>(fault);
        }
    }

    void Watch(IngestBatch batch, Task<IngestReceipt> ticket)
    {
        lock (_lock) _unknown += batch.Readings.Count;
        _ = WatchAsync(batch, ticket);
    }

    async Task WatchAsync(IngestBatch batch, Task<IngestReceipt> ticket)
    {
        var isStored = await IsStoredAsync(batch, ticket, CancellationToken.None);
        lock (_lock)
        {
            if (!isStored) Keep(batch);
            _unknown -= batch.Readings.Count;
            if (_unknown == 0) Done(ref _known);
        }
    }

    Task KnownAsync()
    {
        lock (_lock) return _unknown == 0 ? Task.CompletedTask : Later(ref _known);
    }

    async Task<bool> IsStoredAsync(IngestBatch batch, Task<IngestReceipt> ticket, CancellationToken stop)
    {
        try
        {
            await ticket.WaitAsync(stop);
            return true;
        }
        catch (NotStoredException fault)
        {
            ModbusMetrics.FailedTickets.Add(1);
            if (!Interlocked.Exchange(ref _fails, true)) context.Log.NotStored(fault);
            return false;
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // No failure of storage: offered again it would fail again.
            ModbusMetrics.LostReadings.Add(batch.Readings.Count);
            context.Log.NotTaken(batch.Source, batch.Readings.Count, fault);
            return true;
        }
    }

    void Keep(IngestBatch batch)
    {
        _kept.Enqueue(batch);
        _readings += batch.Readings.Count;
        _keptSince += batch.Readings.Count;
        Done(ref _some);
    }

    Task SomeAsync()
    {
        lock (_lock) return _kept.Count > 0 ? Task.CompletedTask : Later(ref _some);
    }

    static Task Later(ref TaskCompletionSource? source) =>
        (source ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    static void Done(ref TaskCompletionSource? source)
    {
        source?.TrySetResult();
        source = null;
    }

    List<IngestBatch> Take()
    {
        var taken = new List<IngestBatch>();
        var readings = 0;
        lock (_lock)
            while (readings < OfferedReadings && _kept.TryDequeue(out var batch))
            {
                taken.Add(batch);
                readings += batch.Readings.Count;
            }
        return taken;
    }

    async Task<bool> OfferAsync(List<IngestBatch> batches, CancellationToken stop)
    {
        var tickets = new List<Task<IngestReceipt>>(batches.Count);
        var left = new List<IngestBatch>();
        var known = 0;
        try
        {
            foreach (var batch in batches) tickets.Add(await OfferAsync(batch, stop));
            for (; known < batches.Count; known++)
                if (!await IsStoredAsync(batches[known], tickets[known], stop)) left.Add(batches[known]);
        }
        finally
        {
            // What a stop leaves unknown is offered once more before it. Twice stored is the same reading.
            left.AddRange(batches.Skip(known));
            Return(batches, left);
        }
        return left.Count == 0;
    }

    void Return(List<IngestBatch> taken, List<IngestBatch> left)
    {
        lock (_lock)
        {
            foreach (var batch in taken) _readings -= batch.Readings.Count;
            _keptSince -= left.Sum(batch => batch.Readings.Count);
            foreach (var batch in left) Keep(batch);
            if (_readings < context.Options.MaxHeldReadings) Done(ref _room);
            if (_readings > 0) return;
            if (_fails) context.Log.StoredAgain(_keptSince);
            (_keptSince, _fails) = (0, false);
        }
    }

    async Task LeaveAsync()
    {
        using var patience = new CancellationTokenSource(LastPatience, context.Clock);
        try
        {
            await KnownAsync().WaitAsync(patience.Token);
            while (Take() is { Count: > 0 } batches)
                if (!await OfferAsync(batches, patience.Token)) break;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // What is left is told below.
        }
        int lost;
        lock (_lock) lost = _readings + _unknown;
        if (lost == 0) return;
        ModbusMetrics.LostReadings.Add(lost);
        context.Log.ReadingsLost(lost);
    }
}
