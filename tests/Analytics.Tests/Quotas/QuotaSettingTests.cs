using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Support;

namespace EnergyWatch.Analytics.Tests.Quotas;

public sealed class QuotaSettingTests
{
    static readonly double?[] Even = [.. Enumerable.Repeat((double?)1000, 12)];

    readonly QuotaMemory _memory = new();

    [Fact]
    public async Task Last_year_is_the_base_and_the_basis_says_so_with_its_numbers()
    {
        _memory.With("ORG-1", "2025", 12_000).WithMonths("ORG-1", 2025, Even);

        var outcome = await Setting([Some.Institution()], Target(1))
            .SetMissingAsync(2026, "officer", CancellationToken.None);

        var quota = Assert.Single(outcome.Set);
        Assert.Equal((11_880, 1, "kgce", QuotaMemory.CaliberId),
            (quota.Amount, quota.Version, quota.Unit, quota.CaliberId));
        Assert.Equal(1, quota.Pace.Sum(), 1e-12);
        Assert.Equal(
            "以2025年用量12,000 kgce为基数，建筑面积由10,000 m²变为10,000 m²（权重0.5），用能人数由500 人变为500 人（权重0.5），"
            + "按“2026年工作安排”确定的较2025年下降1%折减1%。", quota.Basis);
        var entry = Assert.Single(_memory.Audit);
        Assert.Equal(("officer", "quota.set", "energy_total: 1 institutions, 11880 kgce"),
            (entry.Actor, entry.Action, entry.After));
    }

    [Fact]
    public async Task Year_that_is_covered_to_95_percent_is_filled_up_and_the_basis_says_so()
    {
        _memory.WithYear("ORG-1", 2025, 9_600, coverage: 0.96).WithYear("ORG-2", 2025, 9_400, coverage: 0.94);

        var outcome = await Setting([Some.Institution(), Some.Institution("ORG-2")])
            .SetMissingAsync(2026, "officer", CancellationToken.None);

        var quota = Assert.Single(outcome.Set);
        Assert.Equal(10_000, quota.Amount);
        Assert.Contains("完整率96%，缺失部分按已知部分的水平补足", quota.Basis, StringComparison.Ordinal);
        Assert.Equal(new QuotaSkipped("ORG-2", IndicatorKeys.EnergyTotal, MissingReason.LowCoverage),
            Assert.Single(outcome.Skipped));
    }

    [Fact]
    public async Task County_that_began_to_measure_last_autumn_starts_from_the_twelve_latest_whole_months()
    {
        _memory.With("ORG-1", "2025", 2_400, coverage: 0.2)
            .WithMonths("ORG-1", 2025, [null, null, null, null, null, null, null, null, null, 500, 1200, 1200])
            .WithMonths("ORG-1", 2026, [.. Even.Take(9), 600, 10]);

        var outcome = await Setting([Some.Institution()]).SetMissingAsync(2026, "officer", CancellationToken.None);

        var quota = Assert.Single(outcome.Set);
        Assert.Equal(12_000, quota.Amount);
        Assert.Equal([0.083334, 0.05, 0.1, 0.1], [quota.Pace[0], quota.Pace[9], quota.Pace[10], quota.Pace[11]]);
        Assert.StartsWith("以2025年11月至2026年10月用量12,000 kgce为基数，", quota.Basis, StringComparison.Ordinal);
        Assert.Contains("未见适用的下降目标，未作折减", quota.Basis, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Institutions_without_a_base_are_listed_with_their_reason()
    {
        _memory.With("ORG-1", "2025", null, 0, reason: MissingReason.NoData).With("ORG-2", "2025", 0);

        var outcome = await Setting([Some.Institution(), Some.Institution("ORG-2"), Some.Institution("ORG-3")])
            .SetMissingAsync(2026, "officer", CancellationToken.None);

        Assert.Empty(outcome.Set);
        Assert.Empty(_memory.Audit);
        Assert.Equal(
            [("ORG-1", MissingReason.NoData), ("ORG-2", MissingReason.BaseZero), ("ORG-3", MissingReason.NoData)],
            outcome.Skipped.Select(skipped => (skipped.Institution, skipped.Reason)));
    }

    [Fact]
    public async Task Late_base_gets_what_the_others_left_of_the_cap_and_theirs_stay()
    {
        _memory.WithYear("ORG-1", 2025, 6_000);
        var setting = Setting([Some.Institution(), Some.Institution("ORG-2")], Target(0, cap: 10_000));
        await setting.SetMissingAsync(2026, "officer", CancellationToken.None);
        _memory.WithYear("ORG-2", 2025, 6_000);

        var late = await setting.SetMissingAsync(2026, "job", CancellationToken.None);

        Assert.Equal(("ORG-2", 4_000), (late.Set.Single().Institution, late.Set.Single().Amount));
        Assert.Contains("按全县可分配上限4,000 kgce等比缩放至66.6667%", late.Set.Single().Basis, StringComparison.Ordinal);
        Assert.Empty((await setting.SetMissingAsync(2026, "job", CancellationToken.None)).Set);

        var revised = await setting.ReviseAsync(2026, "officer", CancellationToken.None);
        Assert.Equal([("ORG-1", 5_000, 2), ("ORG-2", 5_000, 2)],
            revised.Set.Select(quota => (quota.Institution, (int)quota.Amount, quota.Version)));
        Assert.Empty((await setting.ReviseAsync(2026, "officer", CancellationToken.None)).Set);
    }

    [Fact]
    public async Task Area_and_heads_that_changed_move_the_quota_by_their_days()
    {
        var grown = new Institution("ORG-1",
            Some.Institution().Facts,
            new Timeline<FloorArea>([
            new(Some.Day, new FloorArea(10_000, null)), new(new DateOnly(2026, 7, 2), new FloorArea(20_000, null))]),
            new Dictionary<string, Timeline<double>>
            {
                ["staff"] = new([new(Some.Day, 100)]),
                ["student"] = new([new(Some.Day, 200), new(new DateOnly(2026, 1, 1), 400)]),
                ["visitor"] = new([new(new DateOnly(2026, 1, 1), 5000)]),
            });
        _memory.WithYear("ORG-1", 2025, 10_000);

        var outcome = await Setting([grown]).SetMissingAsync(2026, "officer", CancellationToken.None);

        // Area: 182 days of 10,000 and 183 of 20,000 over 10,000; heads: 100 + 400/2 over 100 + 200/2; visitors have no
        // weight.
        var area = (182 * 10_000 + 183 * 20_000) / 365.0 / 10_000;
        Assert.Equal(Math.Round(10_000 * (0.5 * area + 0.5 * 1.5), MidpointRounding.AwayFromZero),
            outcome.Set.Single().Amount);
    }

    [Fact]
    public async Task Year_with_a_meter_since_autumn_is_no_base_however_well_its_metered_time_is_covered()
    {
        _memory.With("ORG-1", "2025", 3_000)
            .WithMonths("ORG-1", 2025, [null, null, null, null, null, null, null, null, null, 1000, 1000, 1000]);

        var outcome = await Setting([Some.Institution()], meteredSince: new DateOnly(2025, 10, 1))
            .SetMissingAsync(2026, "officer", CancellationToken.None);

        Assert.Empty(outcome.Set);
        Assert.Equal(MissingReason.NoMeter, Assert.Single(outcome.Skipped).Reason);
    }

    [Fact]
    public async Task Year_that_is_not_over_is_no_base_for_the_next_one()
    {
        _memory.With("ORG-1", "2026", 9_500, asOf: Some.At("2026-11-20T10:00:00+08:00")).WithMonths("ORG-1", 2025, Even)
            .WithMonths("ORG-1", 2026, [.. Even.Take(10), 500]);

        var outcome = await Setting([Some.Institution()]).SetMissingAsync(2027, "officer", CancellationToken.None);

        Assert.Equal(12_000, Assert.Single(outcome.Set).Amount);
        Assert.StartsWith("以2025年11月至2026年10月用量", outcome.Set[0].Basis, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Institution_that_closed_before_the_year_gets_no_quota_and_is_not_listed()
    {
        var closed = new Institution("ORG-1",
            new Timeline<InstitutionFacts>(
            [new(Some.Day, new InstitutionFacts("旧校", "021", "教育", null), new DateOnly(2025, 12, 1))]),
            Timeline<FloorArea>.Empty, new Dictionary<string, Timeline<double>>());
        _memory.With("ORG-1", "2025", 3_000);

        var outcome = await Setting([closed]).SetMissingAsync(2026, "officer", CancellationToken.None);

        Assert.Empty(outcome.Set);
        Assert.Empty(outcome.Skipped);
    }

    [Fact]
    public async Task Year_with_an_unmetered_month_is_no_base_however_well_its_metered_time_is_covered()
    {
        _memory.With("ORG-1", "2025", 8_000)
            .WithMonths("ORG-1", 2025, [1000, 1000, null, null, null, null, 1000, 1000, 1000, 1000, 1000, 1000]);

        var outcome = await Setting([Some.Institution()]).SetMissingAsync(2026, "officer", CancellationToken.None);

        Assert.Empty(outcome.Set);
        Assert.Equal(MissingReason.NoData, Assert.Single(outcome.Skipped).Reason);
    }

    [Theory]
    [InlineData("2025-12-31T23:00:00+08:00", 0)]
    [InlineData("2026-01-01T00:00:00+08:00", 1)]
    public async Task Year_is_a_base_only_when_it_was_computed_after_its_end(string asOf, int set)
    {
        _memory.With("ORG-1", "2025", 12_000, asOf: Some.At(asOf)).WithMonths("ORG-1", 2025, Even);

        var outcome = await Setting([Some.Institution()]).SetMissingAsync(2026, "officer", CancellationToken.None);

        Assert.Equal(set, outcome.Set.Count);
    }

    [Fact]
    public async Task Month_that_was_computed_before_its_end_makes_no_rolling_year()
    {
        _memory.WithMonths("ORG-1", 2025, Even).WithMonths("ORG-1", 2026, Even.Take(9))
            .With("ORG-1", "2026-10", 980, asOf: Some.At("2026-10-31T12:00:00+08:00"));

        var outcome = await Setting([Some.Institution()], meteredSince: new DateOnly(2025, 6, 1))
            .SetMissingAsync(2026, "officer", CancellationToken.None);

        Assert.Empty(outcome.Set);
    }

    [Fact]
    public async Task Revision_leaves_out_of_the_cap_what_it_does_not_compute_anew()
    {
        _memory.WithYear("ORG-1", 2025, 6_000).WithYear("ORG-2", 2025, 6_000);
        var setting = Setting([Some.Institution(), Some.Institution("ORG-2")], Target(0, cap: 10_000));
        await setting.SetMissingAsync(2026, "officer", CancellationToken.None);
        _memory.Values.RemoveAll(value => value.Scope == "ORG-2");

        await setting.ReviseAsync(2026, "officer", CancellationToken.None);

        var inForce = await _memory.InForceAsync(2026, CancellationToken.None);
        Assert.Equal([("ORG-1", 5_000), ("ORG-2", 5_000)],
            inForce.Select(quota => (quota.Institution, (int)quota.Amount)).Order());
    }

    [Fact]
    public async Task Nothing_is_looked_up_where_no_quota_is_missing()
    {
        _memory.WithYear("ORG-1", 2025, 6_000);
        var setting = Setting([Some.Institution()]);
        await setting.SetMissingAsync(2026, "job", CancellationToken.None);
        var before = _memory.Lookups;

        await setting.SetMissingAsync(2026, "job", CancellationToken.None);

        Assert.Equal((1, 1), (before, _memory.Lookups));
    }

    QuotaSetting Setting(Institution[] institutions, params Target[] targets) =>
        Setting(institutions, Some.Day, targets);

    QuotaSetting Setting(Institution[] institutions, DateOnly meteredSince, params Target[] targets)
    {
        var meters = institutions.Select((institution, i) => new Meter(
            new MeterId(i + 1), $"M-{i}", Carrier.Electricity,
            new Timeline<MeterFacts>([new(meteredSince, Some.Meter(institution: institution.Code).Shown(Some.Day))]),
            []));
        var registry = new FixedRegistry(new RegistrySnapshot(1, institutions, meters, [], [], targets, []));
        var options = new QuotaOptions { Indicators = [IndicatorKeys.EnergyTotal] };
        var clock = new TestClock(new DateTimeOffset(2026, 11, 20, 2, 0, 0, TimeSpan.Zero));
        return new QuotaSetting(new QuotaCases(registry, _memory, _memory, Some.Calendar), _memory, _memory, clock,
            options);
    }

    static Target Target(double percent, double? cap = null) =>
        new(2026, IndicatorKeys.EnergyTotal, 2025, percent, cap, "2026年工作安排");
}
