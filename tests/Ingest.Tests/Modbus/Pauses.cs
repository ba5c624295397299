using System.Diagnostics;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>The pauses that a line keeps between two frames, on a test's clock; deadlines are far off.</summary>
static class Pauses
{
    static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(20);
    static readonly TimeSpan Guard = TimeSpan.FromSeconds(20);

    /// <summary>Lets a pause pass where one is kept.</summary>
    public static void PassPause(this TestClock clock)
    {
        if (clock.NextDue is { } due && due - clock.Instant <= Longest) clock.Advance(TimeSpan.FromMilliseconds(1));
    }

    /// <summary>What comes of it as soon as the pauses before it are over.</summary>
    public static async Task<T> SoonAsync<T>(this TestClock clock, Task<T> task)
    {
        var guard = Stopwatch.StartNew();
        while (!task.IsCompleted)
        {
            if (guard.Elapsed > Guard) throw new TimeoutException("It waits for more than a pause.");
            clock.PassPause();
            await Task.Yield();
        }
        return await task;
    }
}
