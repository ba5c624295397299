namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>
/// Waits for something that other threads bring about; gives up after ten real seconds, which only a defect takes.
/// </summary>
static class Eventually
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Limit, $"Not within {Limit}: {what}");
            await Task.Yield();
        }
    }

    public static CancellationToken Soon(TimeSpan? limit = null) => new CancellationTokenSource(limit ?? Limit).Token;
}
