using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.DualControl;

public sealed class TargetProgressTests
{
    static readonly Target Cap = new(2025, IndicatorKeys.EnergyTotal, 2024, null, 1_200, "文件");
    static readonly Target Cut = new(2025, IndicatorKeys.EnergyPerArea, 2024, 10, null, "文件");
    static readonly double?[] Unknown = new double?[12];
    // A year with a hot summer: 40 % of it in June to September.
    static readonly double?[] Summer = [75, 75, 75, 75, 75, 100, 100, 100, 100, 75, 75, 75];

    [Fact]
    public void Limit_follows_from_the_base_year_where_no_cap_is_given()
    {
        Assert.Equal(1_200, Of(Cap, 100, null, 1).Limit);
        Assert.Equal(90, Of(Cut, 10, baseYear: 100, 1).Limit!.Value, 9);
        Assert.Equal((null, MissingReason.NoData), (Of(Cut, 10, null, 1).Limit, Of(Cut, 10, null, 1).Reason));
        Assert.Equal(MissingReason.BaseZero, Of(Cut, 10, 0, 1).Reason);
        Assert.Equal(ProgressStatus.Unknown, Of(Cut, 10, 0, 1).Status);
        var half = TargetProgress.Of(Cut, Value(10, 1), Value(100, 0.5), Unknown, Unknown, new DateOnly(2025, 7, 2));
        Assert.Equal((null, MissingReason.LowCoverage, ProgressStatus.Unknown), (half.Limit, half.Reason, half.Status));
    }

    [Fact]
    public void Pace_follows_last_years_months_and_the_days_of_the_running_one()
    {
        var profile = TargetProgress.Profile(Summer)!;
        Assert.Equal(375 / 1_000.0, TargetProgress.Pace(profile, 2025, new DateOnly(2025, 6, 1)), 9);
        Assert.Equal(425 / 1_000.0, TargetProgress.Pace(profile, 2025, new DateOnly(2025, 6, 16)), 9);
        Assert.Equal(1, TargetProgress.Pace(profile, 2025, new DateOnly(2026, 1, 1)));
        Assert.Equal(0, TargetProgress.Pace(profile, 2025, new DateOnly(2024, 12, 31)));
        Assert.Null(TargetProgress.Profile(Unknown));
        Assert.Equal(90 / 365.0, TargetProgress.Pace(TargetProgress.Linear(2025), 2025, new DateOnly(2025, 4, 1)), 9);
    }

    [Fact]
    public void Projection_goes_on_at_the_pace_so_far_and_its_range_is_that_of_the_months()
    {
        var thisYear = new double?[] { 90, 75, 82.5, 75, 75, null, null, null, null, null, null, null };
        var standing = TargetProgress.Of(Cap, Value(397.5, 1), null, thisYear, Summer, new DateOnly(2025, 6, 1));

        Assert.Equal("last_year", standing.PaceBasis);
        Assert.Equal(397.5 / 0.375, standing.Projected!.Value, 9);
        Assert.Equal(397.5 + 0.625 * 1_000, standing.Low!.Value, 9);
        Assert.Equal(397.5 + 0.625 * 1_200, standing.High!.Value, 9);
    }

    [Theory]
    [InlineData(300, 1, ProgressStatus.Ok)]
    [InlineData(620, 1, ProgressStatus.Warn)]
    [InlineData(1_201, 1, ProgressStatus.Over)]
    [InlineData(1_201, 0.949, ProgressStatus.Unknown)]
    [InlineData(300, 0.95, ProgressStatus.Ok)]
    public void Status_weighs_use_against_limit_and_pace_and_waits_for_coverage(double value, double coverage, ProgressStatus status) =>
        Assert.Equal(status, Of(Cap, value, null, coverage).Status);

    [Fact]
    public void Unknown_value_gives_no_share_and_no_projection()
    {
        var standing = TargetProgress.Of(Cap, null, null, Unknown, Unknown, new DateOnly(2025, 7, 1));
        Assert.Equal((null, null, null, ProgressStatus.Unknown), (standing.Value, standing.UsedShare, standing.Projected, standing.Status));
        Assert.Equal(MissingReason.NoData, standing.Reason);
        Assert.Equal("linear", standing.PaceBasis);
    }

    [Fact]
    public void Year_on_year_compares_whole_days_of_the_same_part()
    {
        var year = Some.Calendar.Named(new DateOnly(2025, 1, 1), Grain.Year);
        var (now, before) = YearOnYear.Moments(Some.Calendar, year, Some.At("2025-03-17T15:20:00+08:00"));
        Assert.Equal(Some.At("2025-03-17T00:00:00+08:00"), now.AsOf);
        Assert.Equal(("2024", Some.At("2024-03-17T00:00:00+08:00")), (before.Period.Name, before.AsOf));

        var february = Some.Calendar.Named(new DateOnly(2025, 2, 1), Grain.Month);
        var whole = YearOnYear.Moments(Some.Calendar, february, Some.At("2025-05-01T00:00:00+08:00"));
        Assert.Equal(("2024-02", Some.At("2024-03-01T00:00:00+08:00")), (whole.Before.Period.Name, whole.Before.AsOf));
    }

    [Fact]
    public void Year_on_year_change_needs_both_values_and_a_base_above_zero()
    {
        Assert.Equal(0.1, YearOnYear.Compare(Value(110, 1), Value(100, 1)).Change!.Value, 9);
        Assert.Equal((null, MissingReason.BaseZero), (YearOnYear.Compare(Value(110, 1), Value(0, 1)).Change, YearOnYear.Compare(Value(110, 1), Value(0, 1)).Reason));
        Assert.Equal(MissingReason.NoData, YearOnYear.Compare(Value(null, 0), Value(5, 1)).Reason);
        Assert.Equal(MissingReason.LowCoverage, YearOnYear.Compare(Value(110, 1), Value(100, 0.9)).Reason);
        Assert.Throws<ArgumentException>(() => YearOnYear.Compare(Value(1, 1), Value(1, 1) with { CaliberId = "other@1" }));
    }

    static TargetStanding Of(Target target, double value, double? baseYear, double coverage) =>
        TargetProgress.Of(target, Value(value, coverage), baseYear is null ? null : Value(baseYear, 1), Unknown, Unknown, new DateOnly(2025, 7, 2));

    static IndicatorValue Value(double? value, double coverage) => new(
        0, "county", IndicatorKeys.EnergyTotal, "2025", value, "kgce", coverage, 0, value is null ? MissingReason.NoData : null,
        Some.At("2025-07-01T00:00:00+08:00"), "statutory-gx@1", 1, 1, Derivation.None(""));
}
