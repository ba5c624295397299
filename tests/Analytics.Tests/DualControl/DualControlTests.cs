using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.DualControl;

public sealed class DualControlTests
{
    static readonly PvSite Roof = new("PV-1", "ORG-1", "屋顶", 100, 1000, "PV", null, "OUT", null);

    [Fact]
    public void Sub_and_check_meters_are_never_summed_and_main_and_grid_import_are()
    {
        var county = new County().With(Some.Institution());
        county.Meter("MAIN", 1000);
        county.Meter("GRID", 500, role: MeterRole.GridImport);
        county.Meter("SUB", 300, role: MeterRole.Sub);
        county.Meter("CHECK", 999, role: MeterRole.Check);

        Assert.Equal(1500, county.Of("ORG-1")[IndicatorKeys.ElectricityTotal].Value!.Value, 6);
    }

    [Fact]
    public void Meter_with_two_series_counts_by_the_best_one_only()
    {
        var county = new County().With(Some.Institution());
        var meter = county.Meter("MAIN", 1000);
        county.Use(meter, 1000, Quantity.EnergyInterval);

        Assert.Equal(1000, county.Of("ORG-1")[IndicatorKeys.ElectricityTotal].Value!.Value, 6);
    }

    [Fact]
    public void Pv_self_use_is_generation_minus_export_and_carbon_counts_purchased_electricity_only()
    {
        // T6: generation 18 300, export 4 100, import 21 500 → load 35 700.
        var county = Pv(export: 4_100);
        var values = county.Of("ORG-1");

        Assert.Equal(35_700, values[IndicatorKeys.ElectricityTotal].Value!.Value, 6);
        Assert.Equal(35_700 * 0.1229, values[IndicatorKeys.EnergyTotal].Value!.Value, 6);
        Assert.Equal(21_500 * 0.4476 / 1000, values[IndicatorKeys.CarbonTotal].Value!.Value, 9);
        Assert.Equal(["GRID", "OUT", "PV"], values[IndicatorKeys.EnergyTotal].Derivation.Terms.Select(term => term.Meter));
    }

    [Fact]
    public void Pv_without_an_export_meter_leaves_self_use_unknown_and_says_so()
    {
        var county = new County().With(Some.Institution()).With(Roof with { ExportMeter = null });
        county.Meter("GRID", 21_500, role: MeterRole.GridImport);
        county.Meter("PV", 18_300, role: MeterRole.PvGeneration);
        var value = county.Of("ORG-1")[IndicatorKeys.ElectricityTotal];

        Assert.Equal(21_500, value.Value!.Value, 6);
        Assert.Contains(value.Derivation.Findings, finding => finding.Code == FindingCodes.SelfUseUnknown && finding.Detail.Contains("PV", StringComparison.Ordinal));
    }

    [Fact]
    public void Day_without_export_counts_no_self_use_and_lowers_the_coverage()
    {
        var county = new County().With(Some.Institution()).With(Roof);
        county.Meter("GRID", 36_500, role: MeterRole.GridImport);
        county.Meter("PV", 36_500, role: MeterRole.PvGeneration);
        county.Meter("OUT", 3_000, role: MeterRole.GridExport, days: day => day.Month != 12);
        var value = county.Of("ORG-1")[IndicatorKeys.ElectricityTotal];

        Assert.Equal(36_500 + 334 * 100 - 3_000, value.Value!.Value, 6);
        Assert.Equal((365 + 2 * 334) / (3 * 365.0), value.Coverage, 9);
    }

    [Fact]
    public void Partly_known_export_makes_self_use_of_the_day_estimated()
    {
        var county = new County().With(Some.Institution()).With(Roof);
        county.Meter("GRID", 36_500, role: MeterRole.GridImport);
        county.Meter("PV", 36_500, role: MeterRole.PvGeneration);
        county.Meter("OUT", 3_000, role: MeterRole.GridExport, coverage: 0.5);
        var value = county.Of("ORG-1")[IndicatorKeys.ElectricityTotal];

        Assert.Equal(0.5, value.Estimated, 9);
        Assert.Contains(value.Derivation.Findings, finding => finding.Code == FindingCodes.SelfUseEstimated);
    }

    [Fact]
    public void Two_way_meter_named_as_export_meter_counts_by_its_export_register()
    {
        var county = new County().With(Some.Institution()).With(Roof with { ImportMeter = "GRID", ExportMeter = "GRID" });
        var grid = county.Meter("GRID", 21_500, role: MeterRole.GridImport);
        county.Use(grid, 4_100, Quantity.EnergyExport);
        county.Meter("PV", 18_300, role: MeterRole.PvGeneration);

        Assert.Equal(35_700, county.Of("ORG-1")[IndicatorKeys.ElectricityTotal].Value!.Value, 6);
    }

    [Fact]
    public void Vehicle_charging_is_taken_out_where_the_caliber_says_so()
    {
        var county = new County().With(Some.Institution());
        county.Meter("MAIN", 10_000);
        county.Meter("EV", 1_500, role: MeterRole.EvCharging);
        var kept = County.Caliber() with { Rules = new CaliberRules(true, ExcludeEvCharging: false) };

        Assert.Equal(8_500, county.Of("ORG-1")[IndicatorKeys.ElectricityTotal].Value!.Value, 6);
        Assert.Equal(10_000, county.Of("ORG-1", county.Evaluation(kept))[IndicatorKeys.ElectricityTotal].Value!.Value, 6);
    }

    [Fact]
    public void Missing_meter_lowers_the_coverage_and_the_known_part_is_published()
    {
        var county = new County().With(Some.Institution());
        county.Meter("A", 1000);
        county.Meter("B", 0, days: _ => false);
        var value = county.Of("ORG-1")[IndicatorKeys.EnergyTotal];

        Assert.Equal(122.9, value.Value!.Value, 6);
        Assert.Equal(0.5, value.Coverage, 9);
        Assert.False(Verdict.IsDue(value));
    }

    [Fact]
    public void Nothing_is_ever_zero_for_want_of_knowledge()
    {
        var county = new County().With(Some.Institution("NONE")).With(Some.Institution("SILENT"))
            .With(Some.Institution("BARE", area: null, heads: null));
        county.Meter("S", 0, "SILENT", days: _ => false);
        county.Meter("B", 1000, "BARE");

        Assert.All(county.Of("NONE").Values, value => Assert.Equal((null, MissingReason.NoMeter), (value.Value, value.Reason)));
        Assert.Equal((null, MissingReason.NoData), Pair(county.Of("SILENT")[IndicatorKeys.EnergyTotal]));
        Assert.Equal((null, MissingReason.NoData), Pair(county.Of("SILENT")[IndicatorKeys.EnergyPerArea]));
        Assert.Equal((null, MissingReason.NoArea), Pair(county.Of("BARE")[IndicatorKeys.EnergyPerArea]));
        Assert.Equal((null, MissingReason.NoHeadCount), Pair(county.Of("BARE")[IndicatorKeys.EnergyPerHead]));
        Assert.Equal((null, MissingReason.NoMeter), Pair(county.Of("BARE")[IndicatorKeys.WaterTotal]));
        Assert.Equal(122.9, county.Of("BARE")[IndicatorKeys.EnergyTotal].Value!.Value, 6);

        static (double?, string?) Pair(IndicatorValue value) => (value.Value, value.Reason);
    }

    [Fact]
    public void Carrier_without_a_factor_is_named_and_not_covered()
    {
        var county = new County().With(Some.Institution());
        county.Meter("MAIN", 1000);
        county.Meter("COAL", 5000, carrier: Carrier.Coal);
        var value = county.Of("ORG-1")[IndicatorKeys.CarbonTotal];

        Assert.Equal(0.4476, value.Value!.Value, 9);
        Assert.Equal(0.5, value.Coverage, 9);
        Assert.Contains(value.Derivation.Findings, finding => finding.Code == FindingCodes.NoFactor);
    }

    [Fact]
    public void Denominators_are_weighted_by_the_days_for_which_they_held()
    {
        var institution = Some.Institution() with
        {
            Areas = new([new(Some.Day, new FloorArea(10_000, null)), new(new DateOnly(2025, 7, 1), new FloorArea(12_000, null))]),
            HeadCounts = new Dictionary<string, Timeline<double>>
            {
                ["staff"] = new([new(Some.Day, 100)]),
                ["students_day"] = new([new(Some.Day, 900), new(new DateOnly(2025, 9, 1), 1_000)]),
                ["beds"] = new([new(Some.Day, 400)]),
                ["visitors"] = new([new(Some.Day, 5_000)]),
            },
        };
        var county = new County().With(institution);
        county.Meter("MAIN", 1_000_000);
        var values = county.Of("ORG-1");

        var area = (10_000 * 181 + 12_000 * 184) / 365.0;
        Assert.Equal(1_000_000 / area, values[IndicatorKeys.ElectricityPerArea].Value!.Value, 9);
        Assert.Equal(1_000_000 / (1_000 + 100 * 122 / 365.0), values[IndicatorKeys.ElectricityPerHead].Value!.Value, 9);
        Assert.Equal(2, values[IndicatorKeys.ElectricityPerArea].Derivation.Denominators.Count);
        Assert.Contains(values[IndicatorKeys.ElectricityPerArea].Derivation.Findings, f => f.Code == FindingCodes.DenominatorChanged);
        Assert.Contains(values[IndicatorKeys.ElectricityPerHead].Derivation.Findings, f => f.Code == FindingCodes.CategoryNotInCaliber);
    }

    [Fact]
    public void Value_of_a_running_year_is_cumulative_over_the_mean_denominator_to_date()
    {
        var county = new County().With(Some.Institution(area: 10_000));
        county.Meter("MAIN", 365_000, days: day => day.DayOfYear <= 90);
        var asOf = Some.Calendar.Day(new DateOnly(2025, 4, 1)).From;
        var value = county.Of("ORG-1", county.Evaluation(asOf: asOf))[IndicatorKeys.ElectricityPerArea];

        Assert.Equal(36.5, value.Value!.Value, 9);
        Assert.Equal(1, value.Coverage, 9);
        Assert.Equal(asOf, value.AsOf);
        Assert.Equal(new DateOnly(2025, 4, 1), value.Derivation.Denominators[0].End);
    }

    [Fact]
    public void Meter_that_moves_to_another_institution_counts_for_each_in_its_time()
    {
        var county = new County().With(Some.Institution("A")).With(Some.Institution("B"));
        var facts = Some.Meter(1, "MOVES", "A").Facts.Facts[0].Value;
        var meter = Some.Meter(1, "MOVES", "A") with
        {
            Facts = new Timeline<MeterFacts>([new(Some.Day, facts), new(new DateOnly(2025, 2, 1), facts with { Institution = "B" })]),
        };
        county.Add(meter);
        county.Use(meter, 36_500, Quantity.EnergyImport);

        Assert.Equal(3_100, county.Of("A")[IndicatorKeys.ElectricityTotal].Value!.Value, 6);
        Assert.Equal(33_400, county.Of("B")[IndicatorKeys.ElectricityTotal].Value!.Value, 6);
        Assert.Equal(1, county.Of("A")[IndicatorKeys.ElectricityTotal].Coverage, 9);
        Assert.Equal(36_500, county.Of("county")[IndicatorKeys.ElectricityTotal].Value!.Value, 6);
    }

    static County Pv(double export)
    {
        var county = new County().With(Some.Institution()).With(Roof);
        county.Meter("GRID", 21_500, role: MeterRole.GridImport);
        county.Meter("PV", 18_300, role: MeterRole.PvGeneration);
        county.Meter("OUT", export, role: MeterRole.GridExport);
        return county;
    }
}
