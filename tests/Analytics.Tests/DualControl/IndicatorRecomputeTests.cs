using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Analytics.Tests.Usage;
using EnergyWatch.Analytics.Usage;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Analytics.Tests.DualControl;

public sealed class IndicatorRecomputeTests : IDisposable
{
    static readonly Meter Meter = Some.Meter(intervalS: 3600);
    readonly UsageBench _bench = new([Meter]);
    readonly MemoryIndicatorStore _store = new();
    readonly ServiceProvider _services;
    readonly IndicatorRecompute _indicators;

    public IndicatorRecomputeTests()
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(_bench.Clock).AddSingleton(Some.Calendar).AddSingleton<IRegistry>(new FixedRegistry(Some.Registry()))
            .AddSingleton<Domain.Ledger.IUsageLedger>(_bench.Ledger).AddSingleton<IIndicatorStore>(_store)
            .AddSingleton<ILogger<IndicatorRecompute>>(_bench.Logs.For<IndicatorRecompute>())
            .AddDualControl(new CaliberOptions { Folder = Repository.PathOf("seeds", "calibers") });
        _services = services.BuildServiceProvider();
        _indicators = _services.GetRequiredService<IndicatorRecompute>();
    }

    public void Dispose()
    {
        _services.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public async Task Readings_of_last_month_change_its_indicators_and_those_of_the_year()
    {
        // The clock stands at 14:52 on 17 March; what the running hour used does not count yet.
        await WriteAsync("2026-03-17T00:00:00+08:00", 15, 10_000);
        await RunAsync();
        Assert.Equal(140, _store.Of("county", IndicatorKeys.ElectricityTotal, "2026-03-17").Value!.Value, 6);
        Assert.Equal(140, _store.Of("ORG-1", IndicatorKeys.ElectricityTotal, "2026").Value!.Value, 6);
        Assert.Equal(1, _store.Of("ORG-1", IndicatorKeys.ElectricityTotal, "2026-03-17").Coverage, 9);
        Assert.DoesNotContain(_store.All, value => value.Period == "2026-02");

        await WriteAsync("2026-02-10T00:00:00+08:00", 11, 5_000);
        await RunAsync();
        Assert.NotNull(_store.Of("type:021", IndicatorKeys.EnergyTotal, "2026-02").Value);
        // From 5 000 to 10 000 the meter counted 4 900 in the gap; the county's year holds all of it.
        Assert.Equal(100 + 4_900 + 140, _store.Of("county", IndicatorKeys.ElectricityTotal, "2026").Value!.Value, 6);
        Assert.True(_store.Of("county", IndicatorKeys.ElectricityTotal, "2026").Estimated > 0.9);
    }

    [Fact]
    public async Task Running_again_changes_nothing()
    {
        await WriteAsync("2026-03-16T00:00:00+08:00", 30, 10_000);
        await RunAsync();
        var changes = _store.Changes;
        await _indicators.RunAsync([], CancellationToken.None);
        await _indicators.RunAllAsync(new DateOnly(2026, 3, 16), CancellationToken.None);
        Assert.Equal(changes, _store.Changes);
    }

    [Fact]
    public async Task What_a_failed_run_left_over_is_done_with_the_next_one()
    {
        await WriteAsync("2026-02-10T00:00:00+08:00", 11, 5_000);
        _store.Fault = new InvalidOperationException("full");
        await Assert.ThrowsAsync<InvalidOperationException>(RunAsync);
        _store.Fault = null;
        await _indicators.RunAsync([], CancellationToken.None);

        Assert.Equal(100, _store.Of("county", IndicatorKeys.ElectricityTotal, "2026-02").Value!.Value, 6);
    }

    Task WriteAsync(string from, int count, double value) => _bench.WriteAsync([.. Enumerable.Range(0, count).Select(i =>
        new Reading(new SeriesKey(Meter.Id, Quantity.EnergyImport), Some.At(from) + TimeSpan.FromHours(i), value + 10 * i))]);

    async Task RunAsync()
    {
        var usage = await _bench.RunAsync();
        await _indicators.RunAsync(usage.Touched, CancellationToken.None);
    }
}
