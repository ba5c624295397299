using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Store.Tests.Indicators;

public sealed class IndicatorTests : IAsyncLifetime
{
    static readonly CancellationToken Stop = CancellationToken.None;

    static readonly IndicatorValue Sample = new(
        0, "ORG-1", IndicatorKeys.EnergyPerArea, "2026-10", 3.28, "kgce/m2", 0.98, 0.01, null, new Instant(1000),
        "statutory-gx@1", 7, 0,
        new Derivation(
            "Σ amount × factor / area",
            [new DerivationTerm(
                "M-1", Carrier.Electricity, 26_000.1, "kWh", 1, 0.1229, "GB/T 2589-2020", 3195.41, 0.98, 0.01)],
            [new DenominatorPart("floor_area", new DateOnly(2026, 10, 1), new DateOnly(2026, 11, 1), 12_000, "房产证")],
            [new Finding("GAP", "3 h")]));

    OpenStore _store = null!;
    IIndicatorStore _indicators = null!;

    public async Task InitializeAsync()
    {
        _store = await OpenStore.InAsync();
        _indicators = _store.Get<IIndicatorStore>();
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task A_value_comes_back_with_everything_that_defends_it()
    {
        await _indicators.SaveAsync([Sample], Stop);
        var found = Assert.Single(await FindAsync());
        var whole = (await _indicators.GetAsync(found.Id, Stop))!;
        Assert.Equal(Sample with { Id = found.Id, Version = 1, Derivation = whole.Derivation }, whole);
        Assert.Equal(Sample.Derivation.Formula, whole.Derivation.Formula);
        Assert.Equal(Sample.Derivation.Terms, whole.Derivation.Terms);
        Assert.Equal(Sample.Derivation.Denominators, whole.Derivation.Denominators);
        Assert.Equal(Sample.Derivation.Findings, whole.Derivation.Findings);
        Assert.Null(await _indicators.GetAsync(99, Stop));
    }

    [Fact]
    public async Task The_same_value_again_changes_only_the_moment()
    {
        await _indicators.SaveAsync([Sample], Stop);
        var first = Assert.Single(await FindAsync());
        await _indicators.SaveAsync([Sample with { AsOf = new Instant(2000) }], Stop);
        var second = Assert.Single(await FindAsync());
        Assert.Equal(first with { AsOf = new Instant(2000), Derivation = second.Derivation }, second);
    }

    public static TheoryData<IndicatorValue> Others => new()
    {
        Sample with { Value = 3.29 }, Sample with { Coverage = 0.99 }, Sample with { Estimated = 0 },
        Sample with { Value = null, Reason = MissingReason.LowCoverage },
        Sample with { Derivation = Derivation.None("x") },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public async Task Another_value_keeps_the_id_and_counts_a_version(IndicatorValue other)
    {
        await _indicators.SaveAsync([Sample], Stop);
        var first = Assert.Single(await FindAsync());
        await _indicators.SaveAsync([other], Stop);
        var second = Assert.Single(await FindAsync());
        Assert.Equal(
            (first.Id, 2, other.Value, other.Reason), (second.Id, second.Version, second.Value, second.Reason));
    }

    [Fact]
    public async Task Scopes_periods_indicators_and_calibers_are_kept_apart()
    {
        await _indicators.SaveAsync(
            [
                Sample, Sample with { Scope = "county" }, Sample with { Period = "2026" },
                Sample with { CaliberId = "national@2" }, Sample with { Indicator = IndicatorKeys.EnergyTotal },
            ],
            Stop);
        Assert.Equal(2, (await _indicators.FindAsync(["ORG-1"], ["2026-10"], "statutory-gx@1", null, Stop)).Count);
        Assert.Single(
            await _indicators.FindAsync(["ORG-1"], ["2026-10"], "statutory-gx@1", [IndicatorKeys.EnergyTotal], Stop));
        Assert.Equal(
            4, (await _indicators.FindAsync(["ORG-1", "county"], ["2026", "2026-10"], "statutory-gx@1", null, Stop))
                .Count);
        Assert.Single(await _indicators.FindAsync(["ORG-1"], ["2026-10"], "national@2", null, Stop));
        Assert.Empty(await _indicators.FindAsync([], ["2026-10"], "statutory-gx@1", null, Stop));
    }

    [Fact]
    public async Task A_missing_value_without_a_reason_is_refused_and_so_is_a_reason_beside_a_value()
    {
        await Assert.ThrowsAsync<ArgumentException>(
            async () => await _indicators.SaveAsync([Sample, Sample with { Value = null }], Stop));
        await Assert.ThrowsAsync<ArgumentException>(
            async () => await _indicators.SaveAsync([Sample with { Reason = "NO_DATA" }], Stop));
        Assert.Empty(await FindAsync());
    }

    ValueTask<IReadOnlyList<IndicatorValue>> FindAsync() =>
        _indicators.FindAsync([Sample.Scope], [Sample.Period], Sample.CaliberId, null, Stop);
}
