using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Series;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// One attempt to make a group durable: mark, write, quarantine. An attempt lasts at most half the rest of the work
/// ledger, so that no mark can be struck out before the write it announces. Throws what the stores throw; the pipeline
/// decides about another attempt, which marks again.
/// <para>The quarantine comes after the write: writing again is harmless, quarantining again would double an item at
/// every attempt.</para>
/// </summary>
sealed class DurableWrite(PipelineStores stores, TimeProvider clock)
{
    public static readonly TimeSpan AttemptLimit = IWorkLedger.Rest / 2;

    /// <summary>What a store may take beyond its cancellation before its call is left behind.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    Stray? _stray;

    public async Task AttemptAsync(CommitGroup group, CancellationToken stop)
    {
        await SettleStrayAsync(stop);
        using var limit = new CancellationTokenSource(AttemptLimit, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        if (!group.IsWritten) await WriteAsync(group, both.Token);
        if (group.Quarantined.Count > 0)
            await CallAsync(group, token => stores.Quarantine.AddAsync(group.Quarantined, token), both.Token);
    }

    async Task WriteAsync(CommitGroup group, CancellationToken stop)
    {
        if (group.Readings.IsEmpty)
        {
            group.Written(WriteReceipt.All(0));
            return;
        }
        var began = clock.GetTimestamp();
        await MarkAsync(group, stop);
        var receipt = await CallAsync(group, token => stores.Series.WriteAsync(group.Readings, token), stop);
        // A store that did not heed its cancellation has written under a mark that may be struck out by now.
        if (clock.GetElapsedTime(began) > AttemptLimit) await MarkAsync(group, CancellationToken.None);
        group.Written(receipt);
    }

    Task<bool> MarkAsync(CommitGroup group, CancellationToken stop) =>
        CallAsync(group, token => stores.Work.MarkAsync(group.Days, token), stop);

    Task<bool> CallAsync(CommitGroup group, Func<CancellationToken, ValueTask> call, CancellationToken stop) =>
        CallAsync(group, async token => { await call(token); return true; }, stop);

    // A store may block its thread or ignore the token (a disk that hangs). Then the call is left behind, the senders
    // learn it, and no other call is made before it came back: two writes at a time could land in the wrong order.
    async Task<T> CallAsync<T>(CommitGroup group, Func<CancellationToken, ValueTask<T>> call, CancellationToken stop)
    {
        var patience = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var timer = clock.CreateTimer(
            _ => patience.TrySetResult(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var task = Task.Run(async () => await call(stop), CancellationToken.None);
        await using (stop.Register(() => timer.Change(Grace, Timeout.InfiniteTimeSpan)))
            await Task.WhenAny(task, patience.Task);
        if (task.IsCompleted) return await task;
        _stray = new Stray(task, group.Days);
        throw new SeriesStoreException("The store does not answer and does not heed its cancellation.");
    }

    // What a stray call wrote after all was written without a mark that is sure to hold.
    async Task SettleStrayAsync(CancellationToken stop)
    {
        if (_stray is not { } stray) return;
        try
        {
            await stray.Call.WaitAsync(AttemptLimit, clock, stop);
        }
        catch (Exception) when (stray.Call.IsCompleted)
        {
            // How it ended is told by the attempt that comes now.
        }
        await stores.Work.MarkAsync(stray.Days, stop);
        _stray = null;
    }

    sealed record Stray(Task Call, IReadOnlyCollection<MeterDay> Days);
}
