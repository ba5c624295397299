using EnergyWatch.Analytics.Usage;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Usage;

public sealed class UsageRecomputeTests
{
    static readonly SeriesKey Series = new(new MeterId(1), Quantity.EnergyImport);

    [Fact]
    public async Task Late_reading_in_the_middle_of_a_gap_changes_the_hours_back_to_the_one_before_and_forward_to_the_next()
    {
        using var bench = new UsageBench([Some.Meter(intervalS: 3600)]);
        await bench.WriteAsync([At("2026-03-01T00:00", 1000), At("2026-03-11T00:00", 3400)]);
        await bench.RunAsync();
        await bench.WriteAsync([At("2026-03-03T00:00", 1480 - 240)]);
        var run = await bench.RunAsync();

        var hours = await bench.Ledger.HoursAsync([new MeterId(1)], Some.Calendar.Month(2026, 3), CancellationToken.None);
        Assert.Equal(240, hours.Count);
        Assert.All(hours.Take(48), cell => Assert.Equal(5, cell.Amount, 9));
        Assert.All(hours.Skip(48), cell => Assert.Equal(11.25, cell.Amount, 9));
        Assert.Equal([new TouchedDays(new MeterId(1), new DateOnly(2026, 3, 1), new DateOnly(2026, 3, 11))], run.Touched);
    }

    [Fact]
    public async Task Corrected_reading_that_had_made_a_dip_days_later_puts_those_days_right_too()
    {
        // Every six hours: the wrong value of 18:00 makes the next five readings a dip, for the sixth comes back above
        // it.
        using var bench = new UsageBench([Some.Meter(intervalS: 6 * 3600)]);
        var start = Some.At("2026-03-01T00:00:00+08:00");
        var readings = Enumerable.Range(0, 24).Select(i => new Reading(Series, start + TimeSpan.FromHours(6 * i), 100 + i + (i >= 13 ? 9_000 : 0))).ToList();
        var wrong = readings.ToList();
        wrong[7] = wrong[7] with { Value = 9_000 };
        await bench.WriteAsync(wrong);
        await bench.RunAsync();
        Assert.Contains(await Findings(bench), finding => finding.Code == UsageFindingCodes.Dip);
        await bench.WriteAsync([readings[7]]);
        await bench.RunAsync();

        var whole = CounterSteps.Compute(
            Series, readings.ToArray(), Some.Meter(intervalS: 6 * 3600), Some.Calendar, Some.Calendar.Month(2026, 3), new UsageOptions());
        Assert.Equal(whole.Hours, bench.Ledger.All.Select(cell => cell with { Version = 0 }));
        Assert.Empty(await Findings(bench));
    }

    [Fact]
    public async Task Mark_that_has_not_rested_is_computed_and_stays_open()
    {
        using var bench = new UsageBench([Some.Meter()]);
        await bench.WriteAsync([At("2026-03-17T08:00", 100), At("2026-03-17T09:00", 110)]);
        var early = await bench.Recompute.RunAsync(CancellationToken.None);
        Assert.Equal((1, 0, 1L), (early.Marks, early.Settled, await bench.Work.CountAsync(CancellationToken.None)));
        Assert.Equal(10, bench.Ledger.All.Sum(cell => cell.Amount), 9);

        var later = await bench.RunAsync();
        Assert.Equal((1, 1, 0L), (later.Marks, later.Settled, await bench.Work.CountAsync(CancellationToken.None)));
    }

    [Fact]
    public async Task Running_twice_at_once_or_again_changes_no_cell()
    {
        using var bench = new UsageBench([Some.Meter(intervalS: 3600)]);
        await bench.WriteAsync([.. Enumerable.Range(0, 500).Select(i => new Reading(Series, Some.At("2026-01-01T00:00:00+08:00") + TimeSpan.FromHours(i), i * 3.25))]);
        bench.Clock.Advance(IWorkLedger.Rest);
        await Task.WhenAll(bench.Recompute.RunAsync(CancellationToken.None), bench.Recompute.RunAsync(CancellationToken.None));
        var changes = bench.Ledger.Changes;
        await bench.Work.MarkAsync([new MeterDay(new MeterId(1), new DateOnly(2026, 1, 5))], CancellationToken.None);
        await bench.RunAsync();

        Assert.Equal(499, changes);
        Assert.Equal(changes, bench.Ledger.Changes);
    }

    [Fact]
    public async Task Failing_store_ends_the_run_and_loses_no_mark()
    {
        using var bench = new UsageBench([Some.Meter()]);
        await bench.WriteAsync([At("2026-03-17T08:00", 100), At("2026-03-17T09:00", 110)]);
        var usage = new MeterUsage(new DownStore(), bench.Ledger, Some.Calendar, new UsageOptions(), bench.Clock);
        using var recompute = new UsageRecompute(
            new FixedRegistry(Some.Registry()), bench.Work, usage, bench.Clock, bench.Logs.For<UsageRecompute>());
        bench.Clock.Advance(IWorkLedger.Rest);

        Assert.IsType<SeriesStoreException>((await recompute.RunAsync(CancellationToken.None)).Fault);
        Assert.Equal(1, await bench.Work.CountAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Meter_that_cannot_be_computed_harms_no_other_and_keeps_its_marks()
    {
        using var bench = new UsageBench([Some.Meter(1), Some.Meter(2, "M-0002")]);
        var other = new SeriesKey(new MeterId(2), Quantity.EnergyImport);
        await bench.WriteAsync([At("2026-03-17T08:00", 100), At("2026-03-17T09:00", 110)]);
        await bench.WriteAsync([At("2026-03-17T08:00", 100) with { Series = other }, At("2026-03-17T09:00", 110) with { Series = other }]);
        var usage = new MeterUsage(new DisorderedStore(bench.Store, new MeterId(1)), bench.Ledger, Some.Calendar, new UsageOptions(), bench.Clock);
        using var recompute = new UsageRecompute(
            new FixedRegistry(Some.Registry([Some.Meter(1), Some.Meter(2, "M-0002")])), bench.Work, usage, bench.Clock, bench.Logs.For<UsageRecompute>());
        bench.Clock.Advance(IWorkLedger.Rest);
        var run = await recompute.RunAsync(CancellationToken.None);

        Assert.Equal((1, 1), (run.Failed, run.Settled));
        Assert.Equal(10, bench.Ledger.All.Single().Amount, 9);
        Assert.Contains(bench.Logs.Lines, line => line.Message.Contains("M-0001", StringComparison.Ordinal) && line.Exception is ArgumentException);
    }

    [Fact]
    public async Task First_reading_long_after_an_exchange_fills_the_days_since()
    {
        var meter = Some.Meter(multiplier: 10, intervalS: 3600) with { Replacements = [new(Some.At("2026-03-01T00:00:00+08:00"), 900, 12.5)] };
        using var bench = new UsageBench([meter]);
        await bench.WriteAsync([At("2026-03-11T00:00", 252.5)]);
        await bench.RunAsync();

        Assert.Equal(240, bench.Ledger.All.Count);
        Assert.Equal(2400, bench.Ledger.All.Sum(cell => cell.Amount), 6);
    }

    [Fact]
    public async Task Long_run_of_unusable_readings_is_walked_in_few_looks()
    {
        using var bench = new UsageBench([Some.Meter(intervalS: 3600)]);
        await bench.WriteAsync([At("2026-01-01T00:00", 100)]);
        await bench.WriteAsync([.. Enumerable.Range(1, 1400).Select(i => At("2026-01-01T00:00", -1) with
        {
            At = Some.At("2026-01-01T00:00:00+08:00") + TimeSpan.FromHours(i),
        })]);
        var store = new CountingStore(bench.Store);
        var around = new SeriesWindow(store, Series, new MeterPast(Some.Meter(), Some.Calendar));
        var good = await around.ReachBackAsync(Some.At("2026-02-28T09:00:00+08:00"), TimeSpan.Zero, 0, CancellationToken.None);

        Assert.Equal(Some.At("2026-01-01T00:00:00+08:00"), good);
        Assert.InRange(store.Looks, 1, 30);
    }

    [Fact]
    public async Task Mark_that_came_to_rest_only_while_its_meter_was_computed_stays_open()
    {
        using var bench = new UsageBench([Some.Meter()]);
        await bench.WriteAsync([At("2026-03-17T08:00", 100), At("2026-03-17T09:00", 110)]);
        bench.Clock.Advance(IWorkLedger.Rest - TimeSpan.FromSeconds(5));
        using var slow = Recompute(bench, new SlowStore(bench, TimeSpan.FromSeconds(10)));
        var run = await slow.RunAsync(CancellationToken.None);

        Assert.Equal((1, 0, 1L), (run.Marks, run.Settled, await bench.Work.CountAsync(CancellationToken.None)));
        Assert.Equal(1, (await slow.RunAsync(CancellationToken.None)).Settled);
    }

    [Fact]
    public async Task Slow_meter_that_fails_in_the_end_is_marked_again()
    {
        using var bench = new UsageBench([Some.Meter()]);
        await bench.WriteAsync([At("2026-03-17T08:00", 100), At("2026-03-17T09:00", 110)]);
        var marked = (await bench.Work.OpenAsync(9, CancellationToken.None)).Single();
        using var slow = Recompute(bench, new SlowStore(bench, IWorkLedger.Rest, fails: true));
        var run = await slow.RunAsync(CancellationToken.None);

        Assert.Equal(1, run.Failed);
        Assert.NotEqual(marked.Sequence, (await bench.Work.OpenAsync(9, CancellationToken.None)).Single().Sequence);
    }

    [Fact]
    public async Task Meter_that_is_not_in_the_registry_keeps_its_marks()
    {
        using var bench = new UsageBench([Some.Meter(2, "M-0002")]);
        await bench.WriteAsync([At("2026-03-17T08:00", 100)]);
        var run = await bench.RunAsync();
        Assert.Equal((1, 0, 1L), (run.Failed, run.Settled, await bench.Work.CountAsync(CancellationToken.None)));
    }

    [Fact]
    public void A_year_by_minutes_comes_to_the_difference_of_its_register()
    {
        var meter = Some.Meter(multiplier: 80, ratedPowerKw: 400, registerMax: 999_999.99, intervalS: 60);
        var window = Some.Calendar.Year(2025);
        var readings = new Reading[525_601];
        for (var i = 0; i < readings.Length; i++)
            readings[i] = new Reading(Series, window.From + TimeSpan.FromMinutes(i), 1000 + i * 0.03);
        var usage = CounterSteps.Compute(Series, readings, meter, Some.Calendar, window, new UsageOptions());

        Assert.Equal(8760, usage.Hours.Count);
        Assert.Equal(525_600 * 0.03 * 80, usage.Hours.Sum(cell => cell.Amount), 3);
    }

    static Reading At(string local, double value) => new(Series, Some.At(local + ":00+08:00"), value);

    static ValueTask<IReadOnlyList<UsageFinding>> Findings(UsageBench bench) =>
        bench.Ledger.FindingsAsync([new MeterId(1)], Some.Calendar.Month(2026, 3), CancellationToken.None);

    static UsageRecompute Recompute(UsageBench bench, ISeriesReader store) => new(
        bench.Registry, bench.Work, new MeterUsage(store, bench.Ledger, Some.Calendar, new UsageOptions(), bench.Clock),
        bench.Clock, bench.Logs.For<UsageRecompute>());

    class Passing(MemorySeriesStore store) : ISeriesReader
    {
        public virtual IAsyncEnumerable<ReadOnlyMemory<Reading>> ReadAsync(SeriesKey series, Period period, CancellationToken stop) =>
            store.ReadAsync(series, period, stop);
        public ValueTask<IReadOnlyList<Bucket>> BucketsAsync(SeriesKey series, Period period, TimeSpan step, CancellationToken stop) =>
            store.BucketsAsync(series, period, step, stop);
        public virtual ValueTask<Reading?> AtOrBeforeAsync(SeriesKey series, Instant at, CancellationToken stop) => store.AtOrBeforeAsync(series, at, stop);
        public ValueTask<Reading?> AtOrAfterAsync(SeriesKey series, Instant at, CancellationToken stop) => store.AtOrAfterAsync(series, at, stop);
        public ValueTask<IReadOnlyList<Reading>> LatestAsync(IReadOnlyCollection<MeterId> meters, CancellationToken stop) => store.LatestAsync(meters, stop);
        public virtual ValueTask<IReadOnlyList<Quantity>> QuantitiesAsync(MeterId meter, CancellationToken stop) => store.QuantitiesAsync(meter, stop);
    }

    sealed class SlowStore(UsageBench bench, TimeSpan takes, bool fails = false) : Passing(bench.Store)
    {
        public override ValueTask<IReadOnlyList<Quantity>> QuantitiesAsync(MeterId meter, CancellationToken stop)
        {
            bench.Clock.Advance(takes);
            if (fails) throw new InvalidOperationException("in the end");
            return base.QuantitiesAsync(meter, stop);
        }
    }

    sealed class CountingStore(MemorySeriesStore store) : Passing(store)
    {
        public int Looks { get; private set; }

        public override IAsyncEnumerable<ReadOnlyMemory<Reading>> ReadAsync(SeriesKey series, Period period, CancellationToken stop)
        {
            Looks++;
            return base.ReadAsync(series, period, stop);
        }

        public override ValueTask<Reading?> AtOrBeforeAsync(SeriesKey series, Instant at, CancellationToken stop)
        {
            Looks++;
            return base.AtOrBeforeAsync(series, at, stop);
        }
    }

    sealed class DownStore() : Passing(new MemorySeriesStore())
    {
        public override ValueTask<IReadOnlyList<Quantity>> QuantitiesAsync(MeterId meter, CancellationToken stop) =>
            throw new SeriesStoreException("down");
    }

    sealed class DisorderedStore(MemorySeriesStore store, MeterId meter) : Passing(store)
    {
        public override async IAsyncEnumerable<ReadOnlyMemory<Reading>> ReadAsync(
            SeriesKey series, Period period, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
        {
            await foreach (var chunk in base.ReadAsync(series, period, stop))
                yield return series.Meter == meter ? chunk.ToArray().Reverse().ToArray() : chunk;
        }
    }
}
