using System.Runtime.InteropServices;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Usage;

public sealed class RealBuildingsTests
{
    [RealBuildingsFact]
    public Task Energy_per_hour_comes_to_the_monthly_sums() => Check(buildings => buildings.Intervals());

    [RealBuildingsFact]
    public Task Running_counter_comes_to_the_monthly_sums() => Check(buildings => buildings.Counter(null));

    [RealBuildingsFact]
    public Task Counter_with_rollovers_comes_to_the_monthly_sums()
    {
        const decimal max = 99_999.9m;
        return Check(buildings => buildings.Counter(max), (double)max, rollovers: true);
    }

    [RealBuildingsFact]
    public Task Shuffled_it_comes_to_the_monthly_sums() => Check(buildings =>
    {
        var readings = buildings.Counter(null);
        new Random(7).Shuffle(CollectionsMarshal.AsSpan(readings));
        return readings;
    });

    [RealBuildingsFact]
    public Task Newest_first_it_comes_to_the_monthly_sums() => Check(buildings =>
    {
        var readings = buildings.Counter(null);
        readings.Reverse();
        return readings;
    });

    [RealBuildingsFact]
    public async Task Written_twice_it_comes_to_the_monthly_sums_and_changes_no_cell()
    {
        var buildings = RealBuildings.Read();
        using var bench = new UsageBench(buildings.Meters(null));
        await bench.WriteAsync(buildings.Counter(null));
        await bench.RunAsync();
        var changes = bench.Ledger.Changes;
        await bench.WriteAsync(buildings.Counter(null));
        await bench.RunAsync();

        Assert.Equal(changes, bench.Ledger.Changes);
        await AssertSums(buildings, bench);
    }

    static async Task Check(Func<RealBuildings, List<Reading>> readings, double? registerMax = null, bool rollovers = false)
    {
        var buildings = RealBuildings.Read();
        using var bench = new UsageBench(buildings.Meters(registerMax));
        var written = readings(buildings);
        // In several pieces with a run between them, so that gaps come and go while the year fills up.
        foreach (var batch in written.Chunk(written.Count / 4 + 1))
        {
            await bench.WriteAsync(batch);
            await bench.RunAsync();
        }
        await AssertSums(buildings, bench);
        var findings = await bench.Ledger.FindingsAsync([.. buildings.Meters(null).Select(meter => meter.Id)], Year, CancellationToken.None);
        Assert.Equal(rollovers, findings.Any(finding => finding.Code == UsageFindingCodes.Rollover));
        Assert.DoesNotContain(findings, finding => finding.Code is not (UsageFindingCodes.Rollover or UsageFindingCodes.Stuck));
    }

    static Period Year => Some.Calendar.Year(2019);

    static async Task AssertSums(RealBuildings buildings, UsageBench bench)
    {
        Assert.Equal(0, await bench.Work.CountAsync(CancellationToken.None));
        for (var i = 0; i < buildings.Names.Length; i++)
        {
            var hours = await bench.Ledger.HoursAsync([new MeterId(i + 1)], Year, CancellationToken.None);
            Assert.Equal(8760, hours.Count(cell => cell is { Coverage: 1, Estimated: 0 }));
            foreach (var (month, kwh) in buildings.Expected)
            {
                Assert.True(Some.Calendar.TryName(month, out var named));
                var sum = hours.Where(cell => named.Period.Contains(cell.Start)).Sum(cell => cell.Amount);
                Assert.True(Math.Abs(sum - kwh[i]) <= 0.1, $"{buildings.Names[i]} {month}: {sum} instead of {kwh[i]}");
            }
        }
    }
}
