using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.DualControl;

public sealed class UsageStepsTests
{
    static readonly UsePart[] All = [UsePart.Purchased, UsePart.PvGeneration, UsePart.PvExport];

    [Fact]
    public void Months_of_an_institution_sum_its_counted_meters_and_leave_unknown_months_null()
    {
        var county = new County().With(Some.Institution()).With(new PvSite("PV-1", "ORG-1", "屋顶", 100, null, "PV", null, "OUT", null));
        county.Meter("GRID", 31_000, role: MeterRole.GridImport, days: day => day.Month == 1);
        county.Meter("PV", 3_100, role: MeterRole.PvGeneration, days: day => day.Month == 1);
        county.Meter("OUT", 310, role: MeterRole.GridExport, days: day => day.Month == 1);
        county.Meter("SUB", 5_000, role: MeterRole.Sub);
        var months = Some.Calendar.Split(County.WholeYear.Period, Grain.Month).Select(month => month.Period).Take(2).ToList();
        var steps = UsageSteps.Of(
            county.Registry, ["ORG-1"], Carrier.Electricity, All, county.Cells, Grain.Day, months, Some.Calendar, County.WholeYear.Period.To);

        Assert.Equal(31_000 + 3_100 - 310, steps[0].Amount!.Value, 6);
        Assert.Equal((null, 0.0), (steps[1].Amount, steps[1].Coverage));
    }

    [Fact]
    public void Step_that_has_not_gone_by_is_not_missed()
    {
        var county = new County().With(Some.Institution());
        var meter = county.Meter("MAIN", 31_000, days: day => day.Month == 1 && day.Day <= 10);
        var asOf = Some.Calendar.Day(new DateOnly(2025, 1, 11)).From;
        var step = UsageSteps.Of(meter, county.Cells, Grain.Day, [Some.Calendar.Month(2025, 1)], Some.Calendar, asOf).Single();

        Assert.Equal((31_000, 1.0), (Math.Round(step.Amount!.Value, 6, MidpointRounding.AwayFromZero), step.Coverage));
    }
}
