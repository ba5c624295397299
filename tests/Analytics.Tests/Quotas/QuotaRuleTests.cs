using System.Text.Json;
using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Support;
using FsCheck;
using FsCheck.Fluent;

namespace EnergyWatch.Analytics.Tests.Quotas;

public sealed class QuotaRuleTests
{
    [Fact]
    public void Worked_example_T8_comes_out_to_the_cent_and_its_quotas_sum_to_the_cap()
    {
        using var vector = JsonDocument.Parse(
            File.ReadAllText(Repository.PathOf("tests", "Vectors", "quotas", "t8.json")));
        var root = vector.RootElement;
        var expected = root.GetProperty("institutions").EnumerateArray().ToList();
        var weights = root.GetProperty("weights");

        var shares = QuotaRule.Allocate(
            expected.ConvertAll(Input), new QuotaWeights(Number(weights, "area"), Number(weights, "head")),
            Number(root, "reduction"), Number(root, "cap"));

        foreach (var (share, one) in shares.Zip(expected))
        {
            Assert.Equal(Number(one, "raw"), share.Raw, 0.005);
            Assert.Equal(Number(one, "scaled"), share.Scaled, 0.005);
            Assert.Equal(Number(one, "amount"), share.Amount);
        }
        Assert.Equal(Number(root, "cap"), shares.Sum(share => share.Amount));
    }

    [Fact]
    public void Without_a_cap_or_below_it_nothing_is_scaled_and_halves_are_rounded_away_from_zero()
    {
        QuotaInput[] inputs = [new("A", 100.5, null, null), new("B", 101.5, null, null)];

        foreach (var cap in new double?[] { null, 203 })
        {
            var shares = QuotaRule.Allocate(inputs, QuotaWeights.Even, 0, cap);
            Assert.Equal([101, 102], shares.Select(share => share.Amount));
            Assert.Equal(shares.Select(share => share.Raw), shares.Select(share => share.Scaled));
        }
    }

    [Theory]
    [InlineData(1000.0)]
    [InlineData(1000.9)]
    public void Rounding_never_passes_a_cap_that_is_just_met(double cap)
    {
        QuotaInput[] inputs = [new("A", 333.5, null, null), new("B", 333.5, null, null), new("C", 333, null, null)];

        var shares = QuotaRule.Allocate(inputs, QuotaWeights.Even, 0, cap);

        Assert.Equal([333, 334, 333], shares.Select(share => share.Amount));
        Assert.All(shares, share => Assert.Equal(share.Raw, share.Scaled));
    }

    [Fact]
    public void Unknown_area_and_heads_leave_the_base_as_it_is_and_the_tier_scales_the_reduction()
    {
        QuotaInput[] inputs =
            [new("A", 1000, null, 2), new("B", 1000, null, null, Tier: 0), new("C", 1000, null, null, Tier: 1.5)];

        var shares = QuotaRule.Allocate(inputs, QuotaWeights.Even, 0.04, null);

        Assert.Equal([1500, 1000, 1000], shares.Select(share => share.Demand));
        Assert.Equal([1440, 1000, 940], shares.Select(share => share.Amount));
    }

    [Fact]
    public void Quotas_over_the_cap_always_sum_to_it_and_none_is_off_by_more_than_a_unit()
    {
        var bases = Gen.ArrayOf(Gen.Choose(1, 50_000_000).Select(cents => cents / 100.0)).Where(all => all.Length > 0)
            .ToArbitrary();
        Prop.ForAll(bases, Gen.Choose(1, 101).ToArbitrary(), (all, percent) =>
        {
            var cap = Math.Floor(all.Sum() * percent / 100);
            var shares = QuotaRule.Allocate(
                [.. all.Select((amount, i) => new QuotaInput($"I{i}", amount, 1, 1))], QuotaWeights.Even, 0, cap);
            return (cap >= all.Sum() && shares.Sum(share => share.Amount) <= cap)
                || (shares.Sum(share => share.Amount) == cap
                    && shares.All(share => Math.Abs(share.Amount - share.Scaled) <= 1.5));
        }).QuickCheckThrowOnFailure();
    }

    static QuotaInput Input(JsonElement one)
    {
        double Ratio(string name) => one.GetProperty(name)[1].GetDouble() / one.GetProperty(name)[0].GetDouble();
        return new(one.GetProperty("code").GetString()!, Number(one, "base"), Ratio("area"), Ratio("heads"),
            Number(one, "tier"));
    }

    static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();
}
