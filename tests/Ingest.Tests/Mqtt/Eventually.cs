namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>
/// Waits for something that other threads bring about; gives up after a real minute, which only a defect takes.
/// </summary>
static class Eventually
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>Most things come about in a few turns. For what takes longer the processor is left to those who bring it
    /// about.</summary>
    const int FreeTurns = 200;

    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var turn = 0; !condition(); turn++)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, $"Not within {Limit}: {what}");
            if (turn < FreeTurns) await Task.Yield();
            else await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    /// <summary>Waits for work however long it takes, as long as it does not stand still; then it is ended.</summary>
    public static async Task EndsAsync(Task work, Func<long> progress, CancellationTokenSource ending)
    {
        for (var last = -1L; !work.IsCompleted && progress() is var now && now != last; last = now)
        {
            using var over = new CancellationTokenSource();
            await Task.WhenAny(work, Task.Delay(Limit, TimeProvider.System, over.Token));
            await over.CancelAsync();
        }
        if (!work.IsCompleted) await ending.CancelAsync();
        await work;
    }

    public static CancellationToken Soon(TimeSpan? limit = null) => new CancellationTokenSource(limit ?? Limit).Token;
}
