using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Store.Sqlite;

namespace EnergyWatch.Store.Tests;

public sealed class WriteTurnTests
{
    [Fact]
    public async Task Write_that_was_given_up_while_another_process_held_the_lock_is_not_written_later()
    {
        await using var store = await OpenStore.InAsync();
        var work = store.Get<IWorkLedger>();
        using var giveUp = new CancellationTokenSource();
        Task late;
        using (var other = store.Get<SqliteFiles>().Records.Open())
        {
            using var held = other.BeginTransaction(deferred: false);
            late = work.MarkAsync([new MeterDay(new MeterId(1), new DateOnly(2026, 3, 17))], giveUp.Token).AsTask();
            await giveUp.CancelAsync();
            Assert.False(late.IsCompleted);
            held.Rollback();
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => late);
        Assert.Equal(0, await work.CountAsync(CancellationToken.None));
    }
}
