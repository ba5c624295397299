using System.Globalization;
using EnergyWatch.Simulator.County;
using Xunit.Abstractions;

namespace EnergyWatch.Simulator.Tests.Buildings;

/// <summary>The year 2025 comes out in the ranges that real institutions have (domain notes 1.5 and 7).</summary>
public sealed class YearTests(YearOfFlows year, ITestOutputHelper output) : IClassFixture<YearOfFlows>
{
    [Fact]
    public void Electricity_per_area_lies_where_such_buildings_lie()
    {
        foreach (var site in DemoCounty.Institutions.Where(site => site.Areas.Count > 0))
        {
            var perArea = year.Sum(site, Channel.Load) / site.Areas[0].M2;
            var (low, high) = site.Use switch
            {
                BuildingUse.School => (20.0, 40.0), BuildingUse.Hospital => (75, 125), BuildingUse.Office => (45, 75), _ => (35, 50),
            };
            Print($"{site.Code} {perArea:F1} kWh/m2, self-made {year.Sum(site, Channel.Generation) / year.Sum(site, Channel.Load):P0}");
            Assert.InRange(perArea, low, high);
        }
    }

    [Fact]
    public void Demands_come_out_as_planned()
    {
        foreach (var site in DemoCounty.Institutions)
        {
            Print($"{site.Code} {(year.Sum(site, Channel.Load) - year.Sum(site, Channel.Charging)) / site.Demand.Kwh:F4} {year.Sum(site, Channel.Water) / site.Demand.WaterM3:F4} {year.Sum(site, Channel.Gas) / site.Demand.GasM3:F4}");
            Assert.InRange((year.Sum(site, Channel.Load) - year.Sum(site, Channel.Charging)) / site.Demand.Kwh, 0.98, 1.02);
            Assert.InRange(year.Sum(site, Channel.Water) / site.Demand.WaterM3, 0.97, 1.03);
            if (site.Demand.GasM3 > 0) Assert.InRange(year.Sum(site, Channel.Gas) / site.Demand.GasM3, 0.97, 1.03);
        }
    }

    [Fact]
    public void Water_per_head_lies_between_10_and_90_m3()
    {
        foreach (var site in DemoCounty.Institutions.Where(site => site.Heads.Count > 0))
        {
            var heads = site.Heads.GroupBy(h => h.Category).Sum(g => g.Key == "outpatient_visits" ? g.First().Count / 365 : g.First().Count);
            Print($"{site.Code} {year.Sum(site, Channel.Water) / heads:F1} m3/person");
            Assert.InRange(year.Sum(site, Channel.Water) / heads, 10, 90);
        }
    }

    [Fact]
    public void Roofs_yield_950_to_1100_kWh_per_kWp()
    {
        foreach (var site in DemoCounty.Institutions.Where(site => site.Pv is not null))
        {
            var yield = year.Sum(site, Channel.Generation) / site.Pv!.Kwp;
            var ratio = yield / (year.Sum(site, Channel.Sun) / 1_000);
            Print($"{site.Code} {yield:F0} kWh/kWp, PR {ratio:F3}, peak {year.Peak(site, Channel.Generation) / site.Pv.AcKw:P0} of the inverters");
            Assert.InRange(yield, 950, 1_100);
            Assert.InRange(ratio, 0.75, 0.88);
        }
    }

    [Fact]
    public void No_circuit_carries_more_than_it_is_rated_for()
    {
        foreach (var meter in DemoCounty.Meters)
        {
            var peak = year.Peak(meter.Institution, meter.Counts.Channel) * meter.Counts.Share;
            Print($"{meter.Code} peak {peak:F0} of {meter.Wiring.Rated:F0}");
            Assert.InRange(peak, 0, meter.Wiring.Rated);
        }
    }

    void Print(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
