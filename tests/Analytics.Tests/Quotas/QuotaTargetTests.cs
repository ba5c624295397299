using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Domain.Indicators;

namespace EnergyWatch.Analytics.Tests.Quotas;

public sealed class QuotaTargetTests
{
    [Fact]
    public void Own_target_goes_before_the_intensities_and_brings_its_cap()
    {
        var target = QuotaTarget.For(IndicatorKeys.EnergyTotal, 2026,
            [Target(IndicatorKeys.EnergyPerArea, 2026, 1), Target(IndicatorKeys.EnergyTotal, 2026, 2, cap: 805_000)]);
        Assert.Equal((0.02, 805_000), (Math.Round(target.Reduction, 12, MidpointRounding.AwayFromZero), target.Cap));
    }

    [Fact]
    public void Where_only_an_intensity_is_bound_its_reduction_is_taken_and_a_cap_alone_reduces_nothing()
    {
        Assert.Equal(0.0102, QuotaTarget.For(IndicatorKeys.EnergyTotal, 2026,
            [Target(IndicatorKeys.EnergyPerArea, 2026, 1.02)]).Reduction, 1e-12);
        Assert.Equal(0.0102, QuotaTarget.For(IndicatorKeys.ElectricityTotal, 2026,
            [Target(IndicatorKeys.EnergyPerArea, 2026, 1.02)]).Reduction, 1e-12);
        Assert.Equal(0.006, QuotaTarget.For(
            IndicatorKeys.WaterTotal, 2026, [Target(IndicatorKeys.WaterPerHead, 2026, 0.6)]).Reduction, 1e-12);
        var capOnly = QuotaTarget.For(
            IndicatorKeys.EnergyTotal, 2026, [new(2026, IndicatorKeys.EnergyTotal, 2025, null, 5, "x")]);
        Assert.Equal((0, 5, null), (capOnly.Reduction, capOnly.Cap, capOnly.From));
    }

    [Fact]
    public void Targets_of_other_years_and_indicators_say_nothing()
    {
        var none = QuotaTarget.For(IndicatorKeys.EnergyTotal, 2026,
            [Target(IndicatorKeys.EnergyTotal, 2025, 3), Target(IndicatorKeys.CarbonPerArea, 2026, 8)]);
        Assert.Equal((0, null, null), (none.Reduction, none.Cap, none.From));
    }

    [Fact]
    public void Target_over_several_years_asks_this_year_for_what_last_years_target_left()
    {
        var after = QuotaTarget.For(IndicatorKeys.EnergyTotal, 2027, [
            Target(IndicatorKeys.EnergyTotal, 2026, 1), Target(IndicatorKeys.EnergyTotal, 2027, 3)]);
        Assert.Equal(1 - 0.97 / 0.99, after.Reduction, 1e-12);
    }

    [Fact]
    public void Target_over_several_years_without_last_years_is_its_constant_yearly_rate()
    {
        // The notes' table: 5 % in five years is 1.0206 % a year.
        var alone = QuotaTarget.For(IndicatorKeys.EnergyPerArea, 2030, [Target(IndicatorKeys.EnergyPerArea, 2030, 5)]);
        Assert.Equal(0.010206, alone.Reduction, 1e-6);
    }

    static Target Target(string indicator, int year, double percent, double? cap = null) =>
        new(year, indicator, 2025, percent, cap, "工作方案");
}
