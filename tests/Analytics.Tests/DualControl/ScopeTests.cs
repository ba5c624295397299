using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.DualControl;

public sealed class ScopeTests
{
    [Fact]
    public void County_is_the_sum_of_its_institutions_for_every_total_and_system()
    {
        var random = new Random(5);
        var county = new County();
        for (var i = 0; i < 30; i++)
        {
            var code = $"ORG-{i:00}";
            county.With(Some.Institution(code, system: i % 3 == 0 ? "教育" : "卫生", area: random.Next(1000, 9000), heads: random.Next(50, 500)));
            foreach (var carrier in Carriers.All)
                if (random.Next(2) == 0) county.Meter($"{code}-{carrier}", random.Next(1, 100_000), code, carrier);
        }
        var evaluation = county.Evaluation();
        var values = DualControlIndicators.EvaluateAll(evaluation, county.Figures(evaluation));
        foreach (var key in DualControlIndicators.TotalKeys)
        {
            var own = values.Where(value => value.Indicator == key && value.Scope.StartsWith("ORG-", StringComparison.Ordinal)).Sum(value => value.Value ?? 0);
            var systems = values.Where(value => value.Indicator == key && value.Scope.StartsWith("system:", StringComparison.Ordinal)).Sum(value => value.Value ?? 0);
            var all = values.Single(value => value.Indicator == key && value.Scope == "county").Value!.Value;
            Assert.Equal(own, all, 3);
            Assert.Equal(systems, all, 3);
        }
    }

    [Fact]
    public void Intensity_of_a_scope_is_the_sum_over_the_sum_and_not_the_mean_of_ratios()
    {
        var county = new County().With(Some.Institution("A", area: 1_000)).With(Some.Institution("B", area: 9_000));
        county.Meter("A1", 100_000, "A");
        county.Meter("B1", 90_000, "B");
        var values = county.Of("county");

        Assert.Equal(19, values[IndicatorKeys.ElectricityPerArea].Value!.Value, 9);
    }

    [Fact]
    public void Who_has_no_denominator_or_no_data_is_left_out_of_the_ratio_on_both_sides_and_named()
    {
        var county = new County().With(Some.Institution("A", area: 1_000)).With(Some.Institution("B", area: null))
            .With(Some.Institution("C", area: 5_000)).With(Some.Institution("D", area: 5_000));
        county.Meter("A1", 100_000, "A");
        county.Meter("B1", 90_000, "B");
        county.Meter("C1", 0, "C", days: _ => false);
        var value = county.Of("county")[IndicatorKeys.ElectricityPerArea];
        var total = county.Of("county")[IndicatorKeys.ElectricityTotal];

        Assert.Equal(100, value.Value!.Value, 9);
        Assert.Equal(["B", "C", "D"], value.Derivation.Findings.Where(f => f.Code == FindingCodes.Excluded).Select(f => f.Detail[..1]));
        Assert.Equal(["A"], value.Derivation.Terms.Select(term => term.Meter));
        Assert.Equal(190_000, total.Value!.Value, 6);
        Assert.Equal(2 / 3.0, total.Coverage, 9);
    }

    [Fact]
    public void Scope_without_any_meter_has_no_value()
    {
        var value = new County().With(Some.Institution()).Of("county")[IndicatorKeys.WaterTotal];
        Assert.Null(value.Value);
        Assert.Equal(MissingReason.NoMeter, value.Reason);
    }
}
