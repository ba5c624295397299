using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Quotas;

public sealed class QuotaFollowingTests
{
    readonly QuotaMemory _memory = new();

    [Fact]
    public async Task Year_to_date_is_judged_at_the_moment_up_to_which_it_is_known()
    {
        await SetAsync("ORG-1", 1200);
        _memory.With("ORG-1", "2026", 700, asOf: Some.At("2026-07-01T00:00:00+08:00")).With("ORG-1", "2026-01", 110);

        var progress = Assert.Single(await Following.OfYearAsync(2026, CancellationToken.None));

        Assert.Equal(181 / 365.0, progress.PaceShare, 1e-5);
        Assert.Equal((QuotaStatus.Within, 700 / 1200.0), (progress.Status, progress.Share!.Value));
        Assert.NotNull(progress.Exhausted);
    }

    [Fact]
    public async Task Year_that_was_not_metered_from_January_has_no_verdict_however_well_the_rest_is_covered()
    {
        await SetAsync("ORG-1", 1200);
        _memory.With("ORG-1", "2026", 2000, asOf: Some.At("2026-07-01T00:00:00+08:00"))
            .With("ORG-1", "2026-01", null, 0, reason: MissingReason.NoMeter);

        var progress = Assert.Single(await Following.OfYearAsync(2026, CancellationToken.None));

        Assert.Equal((null, QuotaStatus.Unknown, MissingReason.NoMeter),
            (progress.Share, progress.Status, progress.Reason));
    }

    [Fact]
    public async Task Months_are_summed_and_a_missing_one_lowers_the_coverage()
    {
        await SetAsync("ORG-1", 1200);
        await SetAsync("ORG-2", 1200);
        await SetAsync("ORG-3", 1200);
        _memory.WithMonths("ORG-1", 2026, [100, 100, 800]).WithMonths("ORG-2", 2026, [100, null, 100]);
        var march = Some.Calendar.Named(new DateOnly(2026, 3, 1), Grain.Month);

        var progress = await Following.ThroughMonthAsync(march, CancellationToken.None);

        Assert.Equal([(1000, QuotaStatus.Near, null), (200, QuotaStatus.Unknown, MissingReason.LowCoverage),
            ((double?)null, QuotaStatus.Unknown, MissingReason.NoData)],
            progress.Select(one => (one.Used.Amount, one.Status, one.Reason)));
        Assert.Equal(62 / 90.0, progress[1].Used.Coverage, 1e-9);
        Assert.Equal(90 / 365.0, progress[0].PaceShare, 1e-5);
    }

    [Fact]
    public async Task Quota_of_an_institution_nothing_is_known_of_has_no_verdict()
    {
        await SetAsync("ORG-1", 1200);
        var progress = Assert.Single(await Following.OfYearAsync(2026, CancellationToken.None));
        Assert.Equal((null, QuotaStatus.Unknown, MissingReason.NoData),
            (progress.Share, progress.Status, progress.Reason));
    }

    QuotaFollowing Following => new(_memory, _memory, Some.Calendar);

    async Task SetAsync(string institution, double amount) => await _memory.SetAsync(
        [new Quota(institution, 2026, IndicatorKeys.EnergyTotal, amount, "kgce",
            MonthlyPace.From(2026, new double?[12]), QuotaMemory.CaliberId, "", 1, default, "test")],
        CancellationToken.None);
}
