using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Quotas;

public sealed class QuotaProgressTests
{
    static readonly Instant MidJuly = Some.At("2026-07-16T12:00:00+08:00");

    [Theory]
    [InlineData(185002, 148001.6, QuotaStatus.Near)]
    [InlineData(185002, 148001.59, QuotaStatus.Within)]
    [InlineData(100, 79.96, QuotaStatus.Within)]
    [InlineData(100, 80, QuotaStatus.Near)]
    [InlineData(100, 99.999, QuotaStatus.Near)]
    [InlineData(100, 100, QuotaStatus.Over)]
    [InlineData(0.3, 0.24, QuotaStatus.Near)]
    [InlineData(0.3, 0.3, QuotaStatus.Over)]
    [InlineData(100, 3.4e38, QuotaStatus.Over)]
    [InlineData(3.4e38, 100, QuotaStatus.Within)]
    [InlineData(1e30, 9e29, QuotaStatus.Near)]
    [InlineData(100, double.PositiveInfinity, QuotaStatus.Over)]
    public void Verdict_is_given_on_unrounded_shares(double quota, double used, QuotaStatus status) =>
        Assert.Equal(status, Of(quota, used, 1).Status);

    [Fact]
    public void Below_95_percent_coverage_there_is_no_verdict_but_the_share_is_shown()
    {
        var low = Of(100, 120, 0.9499);
        Assert.Equal((QuotaStatus.Unknown, MissingReason.LowCoverage), (low.Status, low.Reason));
        Assert.Equal(1.2, low.Share!.Value, 1e-12);
        Assert.Null(low.Exhausted);
        Assert.Equal(QuotaStatus.Over, Of(100, 120, 0.95).Status);
    }

    [Fact]
    public void Missing_usage_and_an_empty_quota_say_why_there_is_no_verdict()
    {
        var missing = QuotaProgress.Of(
            Quota(100), new UsedSoFar(null, 0, MidJuly, MissingReason.NoMeter), Some.Calendar);
        Assert.Equal((null, QuotaStatus.Unknown, MissingReason.NoMeter),
            (missing.Share, missing.Status, missing.Reason));
        Assert.Equal((QuotaStatus.Unknown, MissingReason.BaseZero), (Of(0, 5, 1).Status, Of(0, 5, 1).Reason));
    }

    [Fact]
    public void Usage_ahead_of_the_pace_is_projected_to_the_day_the_quota_ends()
    {
        // Even pace: by noon of July 16, 6.5 twelfths are expected. 8 twelfths are used, so the quota lasts 12 · 6.5/8
        // = 9.75 months.
        var ahead = Of(120, 80, 1);
        Assert.Equal(6.5 / 12, ahead.PaceShare, 1e-5);
        Assert.Equal(new DateOnly(2026, 10, 24), ahead.Exhausted);
        Assert.Null(Of(120, 65, 1).Exhausted);
        Assert.Equal(new DateOnly(2026, 7, 16), Of(120, 130, 1).Exhausted);
    }

    static QuotaProgress Of(double quota, double used, double coverage) =>
        QuotaProgress.Of(Quota(quota), new UsedSoFar(used, coverage, MidJuly, null), Some.Calendar);

    static Quota Quota(double amount) => new(
        "ORG-1", 2026, IndicatorKeys.EnergyTotal, amount, "kgce",
        MonthlyPace.From(2026, Enumerable.Repeat((double?)1, 12).ToArray()),
        "statutory@1", "", 1, MidJuly, "test");
}
