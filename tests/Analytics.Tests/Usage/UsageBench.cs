using EnergyWatch.Analytics.Usage;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Usage;

/// <summary>
/// The whole way from written readings to the usage ledger, in memory: marks before writes, as the pipeline does.
/// </summary>
sealed class UsageBench : IDisposable
{
    public UsageBench(IReadOnlyList<Meter> meters, UsageOptions? options = null)
    {
        Work = new MemoryWorkLedger(Clock);
        Registry = new FixedRegistry(Some.Registry(meters));
        var usage = new MeterUsage(Store, Ledger, Some.Calendar, options ?? new UsageOptions(), Clock);
        Recompute = new UsageRecompute(
            Registry, Work, usage, Clock, Logs.For<UsageRecompute>());
    }

    public TestClock Clock { get; } = new();
    public LogProbe Logs { get; } = new();
    public MemorySeriesStore Store { get; } = new();
    public FixedRegistry Registry { get; }
    public MemoryWorkLedger Work { get; }
    public MemoryUsageLedger Ledger { get; } = new(Some.Calendar);
    public UsageRecompute Recompute { get; }

    public async Task WriteAsync(IReadOnlyCollection<Reading> batch)
    {
        await Work.MarkAsync(
            [.. batch.Select(r => new MeterDay(r.Series.Meter, Some.Calendar.DayOf(r.At))).Distinct()], CancellationToken.None);
        await Store.WriteAsync(batch.ToArray(), CancellationToken.None);
    }

    /// <summary>One round, with every mark rested.</summary>
    public async Task<UsageRun> RunAsync()
    {
        Clock.Advance(IWorkLedger.Rest);
        var run = await Recompute.RunAsync(CancellationToken.None);
        Logs.AssertNoErrors();
        return run;
    }

    public void Dispose() => Recompute.Dispose();
}
