using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Store.Tests.Quotas;

public sealed class QuotaTests : IAsyncLifetime
{
    static readonly CancellationToken Stop = CancellationToken.None;

    static readonly Quota Sample = new(
        "ORG-1", 2026, "energy_total", 52_000.5, "kgce", [.. Enumerable.Repeat(1 / 12d, 12)], "statutory-gx@1",
        "2025年用量减2.5%", 0,
        new Instant(1000), "officer");

    OpenStore _store = null!;
    IQuotaStore _quotas = null!;

    public async Task InitializeAsync()
    {
        _store = await OpenStore.InAsync();
        _quotas = _store.Get<IQuotaStore>();
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task A_quota_in_force_comes_back_as_it_was_set()
    {
        await _quotas.SetAsync([Sample], Stop);
        var quota = Assert.Single(await _quotas.InForceAsync(2026, Stop));
        Assert.Equal(Sample.Pace, quota.Pace);
        Assert.Equal(Sample with { Version = 1, Pace = quota.Pace }, quota);
        Assert.Empty(await _quotas.InForceAsync(2025, Stop));
    }

    [Fact]
    public async Task The_same_amount_pace_and_basis_add_no_version()
    {
        await _quotas.SetAsync([Sample], Stop);
        var again = Assert.Single(
            await _quotas.SetAsync([Sample with { SetAt = new Instant(9), SetBy = "other" }], Stop));
        Assert.Equal((1, "officer"), (again.Version, again.SetBy));
    }

    public static TheoryData<Quota> Others => new()
    {
        Sample with { Amount = 1 }, Sample with { Basis = "调整" },
        Sample with { Pace = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] }, Sample with { CaliberId = "statutory-gx@2" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public async Task Another_one_is_the_next_version_and_in_force(Quota other)
    {
        await _quotas.SetAsync([Sample], Stop);
        var set = await _quotas.SetAsync([Sample with { Institution = "ORG-2" }, other], Stop);
        Assert.Equal([1, 2], set.Select(quota => quota.Version));
        var inForce = await _quotas.InForceAsync(2026, Stop);
        Assert.Equal([("ORG-1", 2), ("ORG-2", 1)], inForce.Select(quota => (quota.Institution, quota.Version)));
        Assert.Equal(other.Amount, inForce[0].Amount);
    }
}
