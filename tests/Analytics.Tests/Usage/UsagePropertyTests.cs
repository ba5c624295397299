using EnergyWatch.Analytics.Usage;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Usage;

public sealed class UsagePropertyTests
{
    const int Seeds = 400;
    static readonly UsageOptions Options = new();

    [Fact]
    public async Task Window_with_its_context_equals_the_same_days_of_the_whole()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var register = new RandomRegister(seed);
            var whole = CounterSteps.Compute(RandomRegister.Series, register.Readings, register.Meter, Some.Calendar, register.Whole, Options);
            var store = new MemorySeriesStore();
            await store.WriteAsync(register.Readings, CancellationToken.None);
            var random = new Random(seed);
            for (var i = 0; i < 6; i++)
            {
                var window = register.SomeDays(random);
                var around = new SeriesWindow(store, RandomRegister.Series, new MeterPast(register.Meter, Some.Calendar));
                var readings = await around.ReadAsync(window, CancellationToken.None);
                var part = CounterSteps.Compute(RandomRegister.Series, readings, register.Meter, Some.Calendar, window, Options);

                Same(seed, whole.Hours.Where(cell => window.Contains(cell.Start)), part.Hours);
                Assert.Equal(whole.Findings.Where(finding => window.Contains(finding.At)), part.Findings);
            }
        }
    }

    [Fact]
    public async Task Order_duplication_and_splitting_of_what_is_written_do_not_change_the_result()
    {
        for (var seed = 0; seed < Seeds / 4; seed++)
        {
            var register = new RandomRegister(seed);
            var whole = CounterSteps.Compute(RandomRegister.Series, register.Readings, register.Meter, Some.Calendar, register.Whole, Options);
            using var bench = new UsageBench([register.Meter]);
            var random = new Random(seed);
            var written = register.Readings.ToList();
            if (seed % 3 == 0) written.AddRange(register.Readings.Where(_ => random.Next(5) == 0));
            if (seed % 2 == 0) random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(written));
            foreach (var batch in written.Chunk(random.Next(1, 8) * register.Readings.Length / 16 + 1))
            {
                await bench.WriteAsync(batch);
                if (random.Next(3) > 0) await bench.RunAsync();
            }
            await bench.RunAsync();

            Same(seed, whole.Hours, bench.Ledger.All.Select(cell => cell with { Version = 0 }));
            Assert.Equal(whole.Findings, await bench.Ledger.FindingsAsync([new MeterId(1)], register.Whole, CancellationToken.None));
            Assert.Equal(0, await bench.Work.CountAsync(CancellationToken.None));
        }
    }

    [Fact]
    public async Task Exchange_where_nothing_was_read_counts_in_full_however_the_readings_come()
    {
        for (var seed = 0; seed < Seeds / 4; seed++)
        {
            var register = new RandomRegister(seed, alone: true);
            var whole = CounterSteps.Compute(RandomRegister.Series, register.Readings, register.Meter, Some.Calendar, register.Whole, Options);
            using var bench = new UsageBench([register.Meter]);
            var random = new Random(seed);
            var written = register.Readings.ToList();
            if (seed % 2 == 0) random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(written));
            foreach (var batch in written.Chunk(random.Next(1, 8) * register.Readings.Length / 16 + 1))
            {
                await bench.WriteAsync(batch);
                await bench.RunAsync();
            }

            Same(seed, whole.Hours, bench.Ledger.All.Select(cell => cell with { Version = 0 }));
            Assert.Equal(whole.Findings, await bench.Ledger.FindingsAsync([new MeterId(1)], register.Whole, CancellationToken.None));
        }
    }

    [Fact]
    public async Task Corrected_readings_leave_no_trace_of_what_they_replaced()
    {
        for (var seed = 0; seed < Seeds / 4; seed++)
        {
            var register = new RandomRegister(seed);
            var whole = CounterSteps.Compute(RandomRegister.Series, register.Readings, register.Meter, Some.Calendar, register.Whole, Options);
            using var bench = new UsageBench([register.Meter]);
            var random = new Random(seed);
            var wrong = register.Readings.Select(r => random.Next(30) == 0 ? r with { Value = random.Next(20_000) } : r).ToList();
            await bench.WriteAsync(wrong);
            await bench.RunAsync();
            foreach (var batch in register.Readings.Except(wrong).Chunk(3))
            {
                await bench.WriteAsync(batch);
                await bench.RunAsync();
            }

            Same(seed, whole.Hours, bench.Ledger.All.Select(cell => cell with { Version = 0 }));
            Assert.Equal(whole.Findings, await bench.Ledger.FindingsAsync([new MeterId(1)], register.Whole, CancellationToken.None));
        }
    }

    [Fact]
    public void Sum_of_the_cells_is_the_register_difference_times_the_multiplier()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var register = new RandomRegister(seed, clean: true);
            if (register.Meter.Facts.Facts.Count > 1) continue;
            var usage = CounterSteps.Compute(RandomRegister.Series, register.Readings, register.Meter, Some.Calendar, register.Whole, Options);
            if (usage.Findings.Any(finding => finding.Code is not (UsageFindingCodes.Gap or UsageFindingCodes.Rollover))) continue;

            var expected = register.Counted * register.Meter.Facts.Facts[0].Value.Multiplier;
            Assert.InRange(usage.Hours.Sum(cell => cell.Amount), expected * (1 - 1e-9), expected * (1 + 1e-9));
        }
    }

    [Fact]
    public void Coverage_and_estimated_share_stay_between_0_and_1_and_no_hour_is_negative()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var register = new RandomRegister(seed);
            var usage = CounterSteps.Compute(RandomRegister.Series, register.Readings, register.Meter, Some.Calendar, register.Whole, Options);
            Assert.All(usage.Hours, cell =>
            {
                Assert.InRange(cell.Coverage, double.Epsilon, 1);
                Assert.InRange(cell.Estimated, 0, 1);
                Assert.True(cell.Amount >= 0);
            });
        }
    }

    static void Same(int seed, IEnumerable<UsageCell> expected, IEnumerable<UsageCell> found)
    {
        var (a, b) = (expected.ToList(), found.ToList());
        var differs = a.Zip(b).FirstOrDefault(pair => pair.First != pair.Second);
        Assert.True(a.SequenceEqual(b), $"seed {seed}: {a.Count} and {b.Count} cells, first difference {differs}");
    }
}
