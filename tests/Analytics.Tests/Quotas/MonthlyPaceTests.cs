using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Support;
using FsCheck;
using FsCheck.Fluent;

namespace EnergyWatch.Analytics.Tests.Quotas;

public sealed class MonthlyPaceTests
{
    static readonly double?[] Unknown = new double?[12];

    [Fact]
    public void Pace_follows_last_year_and_a_month_without_usage_counts_by_its_days()
    {
        double?[] months = [310, null, 310, 300, 310, 300, 620, 310, 300, 310, 300, 310];

        var pace = MonthlyPace.From(2026, months);

        // Known months: 3,680 over 337 days; February gets 28 days at that rate.
        var february = 3680.0 / 337 * 28;
        Assert.Equal(february / (3680 + february), pace[1], 1e-6);
        Assert.Equal(620 / (3680 + february), pace[6], 1e-6);
    }

    [Fact]
    public void Without_any_usage_it_is_linear_by_days_leap_year_included()
    {
        Assert.Equal(31 / 365.0, MonthlyPace.From(2026, Unknown)[0], 1e-6);
        Assert.Equal(29 / 366.0, MonthlyPace.From(2028, Unknown)[1], 1e-6);
        Assert.Equal(31 / 365.0, MonthlyPace.From(2026, Enumerable.Repeat((double?)0, 12).ToArray())[0], 1e-6);
    }

    [Fact]
    public void Month_that_is_known_to_be_zero_stays_zero()
    {
        double?[] months = [100, 0, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100];
        Assert.Equal(0, MonthlyPace.From(2026, months)[1]);
    }

    [Fact]
    public void Shares_sum_to_one_whatever_the_months()
    {
        var months = Gen.ArrayOf(Gen.Frequency(
            (1, Gen.Constant((double?)null)), (4, Gen.Choose(0, 1_000_000).Select(n => (double?)n / 7))), 12);
        Prop.ForAll(months.ToArbitrary(), all =>
        {
            var pace = MonthlyPace.From(2026, all);
            return Math.Abs(pace.Sum() - 1) < 1e-12 && pace.All(share => share >= 0);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Expected_share_grows_with_the_days_of_the_month()
    {
        var pace = MonthlyPace.From(2026, [200, 100, 100, 100, 100, 100, 100, 100, 100, 0, 0, 0]);
        double At(string moment) => MonthlyPace.ExpectedAt(pace, 2026, Some.At(moment), Some.Calendar);

        Assert.Equal(0, At("2025-12-31T00:00:00+08:00"));
        Assert.Equal(0.1, At("2026-01-16T12:00:00+08:00"), 1e-6);
        Assert.Equal(0.2, At("2026-02-01T00:00:00+08:00"), 1e-6);
        Assert.Equal(1, At("2026-10-01T00:00:00+08:00"), 1e-6);
        Assert.Equal(1, At("2027-03-01T00:00:00+08:00"), 1e-6);
    }

    [Fact]
    public void Day_that_reaches_a_share_is_found_inside_its_month()
    {
        var pace = MonthlyPace.From(2026, [200, 100, 100, 100, 100, 100, 100, 100, 100, 0, 0, 0]);

        Assert.Equal(new DateOnly(2026, 1, 16), MonthlyPace.DayReaching(pace, 2026, 0.1));
        Assert.Equal(new DateOnly(2026, 2, 14), MonthlyPace.DayReaching(pace, 2026, 0.25));
        Assert.Equal(new DateOnly(2026, 9, 30), MonthlyPace.DayReaching(pace, 2026, 0.9999999));
        Assert.Null(MonthlyPace.DayReaching(pace, 2026, 1.01));
    }
}
