using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Store.Tests.Series;

public sealed class GatewayLifeTests : IAsyncLifetime
{
    static readonly CancellationToken Stop = CancellationToken.None;
    static readonly Instant Then = new(1_768_000_000_000);

    OpenStore _store = null!;

    public async Task InitializeAsync() => _store = await OpenStore.InAsync();

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task Traffic_adds_up_and_what_is_null_leaves_what_was()
    {
        var whole = new GatewayLife
        {
            Link = new LinkState(GatewayLink.Connected, Then, "why", "in words"),
            Connection = new GatewayConnected("listener", "10.0.0.9", "c1", "5.0", true, Then),
            Traffic = new GatewayTraffic(1, 2, 3, 4, 5, 6), CountingSince = Then,
            Drift = new ClockDrift(-1500, 7, Then), SendsTime = true,
        };
        await SaveAsync("GW-01", whole);
        await SaveAsync("GW-01", new GatewayLife
        {
            Traffic = new GatewayTraffic(10, 20, 30, 40, 50, 60), CountingSince = Then + TimeSpan.FromDays(1),
        });
        var kept = await LifeOfAsync("GW-01");
        Assert.Equal(whole with { Traffic = new GatewayTraffic(11, 22, 33, 44, 55, 66), Faults = kept.Faults }, kept);
    }

    [Fact]
    public async Task A_new_link_and_a_new_connection_take_the_place_of_the_old_whole()
    {
        await SaveAsync("GW-01", new GatewayLife
        {
            Link = new LinkState(GatewayLink.Disconnected, Then, "keep_alive", "in words"),
            Connection = new GatewayConnected("listener", "10.0.0.9", "c1", "5.0", true, Then), CountingSince = Then,
        });
        var later = Then + TimeSpan.FromHours(1);
        await SaveAsync("GW-01", new GatewayLife
        {
            Link = new LinkState(GatewayLink.Online, later), Connection = new GatewayConnected("broker:site"), CountingSince = Then,
        });
        var kept = await LifeOfAsync("GW-01");
        Assert.Equal((new LinkState(GatewayLink.Online, later), new GatewayConnected("broker:site")), (kept.Link, kept.Connection));
    }

    [Fact]
    public async Task The_last_faults_are_kept_newest_first_and_one_that_repeats_counts()
    {
        var faults = Enumerable.Range(0, 30).Select(i => Fault(i, i % 2 == 0 ? null : "M-1", $"fault {i}")).ToArray();
        await SaveAsync("GW-01", new GatewayLife { Faults = faults, CountingSince = Then });
        await SaveAsync("GW-01", new GatewayLife { Faults = [Fault(40, null, "fault 20", times: 3)], CountingSince = Then });
        await SaveAsync("GW-02", new GatewayLife { Faults = [Fault(1, null, "other")], CountingSince = Then });

        var kept = await _store.Get<IGatewayFaults>().OfAsync("GW-01", Stop);
        Assert.Equal(IGatewayFaults.Most, kept.Count);
        Assert.Equal(Fault(40, null, "fault 20", times: 4) with { FirstAt = At(20) }, kept[0]);
        Assert.Equal(faults[29], kept[1]);
        Assert.Equal("other", (await _store.Get<IGatewayFaults>().OfAsync("GW-02", Stop)).Single().Text);
    }

    [Fact]
    public async Task Sightings_add_up_by_way_and_name_and_the_ones_seen_longest_ago_go_and_are_counted()
    {
        var sightings = _store.Get<ISightings>();
        await sightings.SaveAsync([Sighted("new", 0), Sighted("new", 0) with { Way = "broker:site" }], 0, Stop);
        await sightings.SaveAsync(
            [Sighted("new", 10) with { Address = null, Topic = "a/b", FirstSeen = At(9), Count = 4 }], 0, Stop);
        var first = (await sightings.ListAsync(Stop))[0];
        Assert.Equal(
            Sighted("new", 10) with { Id = first.Id, Topic = "a/b", FirstSeen = At(0), Count = 5 }, first);
        Assert.Equal(first, await sightings.FindAsync(first.Id, Stop));

        var once = (await sightings.ListAsync(Stop))[1];
        await sightings.SaveAsync([.. Enumerable.Range(0, ISightings.Most).Select(i => Sighted($"n{i}", 20 + i))], 5, Stop);
        Assert.Equal(ISightings.Most, (await sightings.ListAsync(Stop)).Count);
        Assert.Equal(7, await sightings.ForgottenAsync(Stop));
        Assert.Null(await sightings.FindAsync(once.Id, Stop));
        Assert.False(await sightings.RemoveAsync(once.Id, Stop));
        // It was seen more than once: half of the room is first for those, and no more than half.
        Assert.Equal(first, await sightings.FindAsync(first.Id, Stop));
        await sightings.SaveAsync(
            [.. Enumerable.Range(0, ISightings.Most / 2).Select(i => Sighted($"again {i}", 2000 + i) with { Count = 2 })], 0, Stop);
        Assert.Null(await sightings.FindAsync(first.Id, Stop));
        Assert.Contains(await sightings.ListAsync(Stop), one => one.Name == $"n{ISightings.Most - 1}");
        var newest = (await sightings.ListAsync(Stop))[0];
        Assert.True(await sightings.RemoveAsync(newest.Id, Stop));
        Assert.DoesNotContain(newest, await sightings.ListAsync(Stop));
    }

    static Instant At(int seconds) => Then + TimeSpan.FromSeconds(seconds);

    static GatewayFault Fault(int at, string? meter, string text, int times = 1) =>
        new(At(at), At(at), meter, text, times);

    static Sighting Sighted(string name, int at) =>
        new(0, name, "listener", "10.0.0.9", null, null, At(at), At(at), 1);

    async Task SaveAsync(string gateway, GatewayLife life) => await _store.Get<IFieldStates>().SaveAsync(
        [new FieldState(gateway, null, Then, null, null) { Life = life }], Stop);

    async Task<GatewayLife> LifeOfAsync(string gateway) =>
        (await _store.Get<IFieldStates>().ListAsync(Stop)).Single(state => state.Gateway == gateway).Life!;
}
