using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Analytics.Jobs;
using EnergyWatch.Analytics.Tests.DualControl;
using EnergyWatch.Analytics.Tests.Usage;
using EnergyWatch.Analytics.Usage;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Analytics.Tests.Jobs;

public sealed class UsageJobTests
{
    [Fact]
    public async Task Store_that_fails_after_some_meters_fails_the_job_but_not_their_indicators()
    {
        using var bench = new UsageBench([Some.Meter(intervalS: 3600)]);
        var indicators = new MemoryIndicatorStore();
        await using var services = new ServiceCollection()
            .AddSingleton<TimeProvider>(bench.Clock).AddSingleton(Some.Calendar).AddSingleton<IRegistry>(bench.Registry)
            .AddSingleton<IUsageLedger>(bench.Ledger).AddSingleton<IIndicatorStore>(indicators)
            .AddSingleton<ILogger<IndicatorRecompute>>(bench.Logs.For<IndicatorRecompute>())
            .AddDualControl(new CaliberOptions { Folder = Repository.PathOf("seeds", "calibers") }).BuildServiceProvider();
        using var recompute = new UsageRecompute(
            bench.Registry, new FailingSecondLook(bench.Work),
            new MeterUsage(bench.Store, bench.Ledger, Some.Calendar, new UsageOptions(), bench.Clock), bench.Clock,
            bench.Logs.For<UsageRecompute>());
        var job = new UsageJob(recompute, services.GetRequiredService<IndicatorRecompute>(), Some.Calendar, bench.Clock);
        await job.RunAsync(CancellationToken.None);

        var start = Some.At("2026-03-16T00:00:00+08:00");
        await bench.WriteAsync([.. Enumerable.Range(0, 25).Select(i =>
            new Reading(new SeriesKey(new MeterId(1), Quantity.EnergyImport), start + TimeSpan.FromHours(i), 100 + i))]);
        await Assert.ThrowsAsync<SeriesStoreException>(() => job.RunAsync(CancellationToken.None));

        Assert.Equal(24, indicators.Of("ORG-1", IndicatorKeys.ElectricityTotal, "2026-03-16").Value!.Value, 6);
    }

    // The meters of the first look are computed; what comes after it is not to be had.
    sealed class FailingSecondLook(MemoryWorkLedger inner) : IWorkLedger
    {
        bool _looked;

        public ValueTask MarkAsync(IReadOnlyCollection<MeterDay> days, CancellationToken stop) => inner.MarkAsync(days, stop);

        public async ValueTask<IReadOnlyList<WorkMark>> OpenAsync(int limit, CancellationToken stop)
        {
            if (_looked) throw new SeriesStoreException("gone");
            var open = await inner.OpenAsync(limit, stop);
            _looked = open.Count > 0;
            return open;
        }

        public ValueTask<int> SettleAsync(IReadOnlyList<WorkMark> marks, Domain.Time.Instant now, CancellationToken stop) =>
            inner.SettleAsync(marks, now, stop);

        public ValueTask<long> CountAsync(CancellationToken stop) => inner.CountAsync(stop);
    }
}
