using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Ingest.Tests.Mqtt.Brokers;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Mqtt;

public sealed class GatewayLifeTests
{
    const string Own = "energywatch/v1/GW-01/";

    [Fact]
    public async Task Login_says_where_from_and_how_it_is_connected_and_its_messages_are_counted()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5, "roof-1");
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1)), peer.Publish(2, MqttPeer.Reading(2)));
        await peer.HearAsync(2);
        // The bytes are counted when what was read at once is done with: a ping later they are.
        await AnswersAsync(peer);
        var life = await LifeAsync(listener, "GW-01");

        Assert.Equal(new LinkState(GatewayLink.Connected, listener.Clock.Instant), life.Link);
        Assert.Equal(
            new GatewayConnected("listener", "127.0.0.1", "roof-1", "5.0", false, listener.Clock.Instant), life.Connection);
        Assert.Equal((2, 1), (life.Traffic.Messages, life.Traffic.Connections));
        Assert.InRange(life.Traffic.Bytes, 2 * MqttPeer.Reading(1).Length, 1000);
    }

    [Theory]
    [InlineData("disconnect", GatewayLink.Disconnected, "disconnected")]
    [InlineData("close", GatewayLink.Disconnected, "closed")]
    [InlineData("silence", GatewayLink.Disconnected, "keep_alive")]
    [InlineData("nonsense", GatewayLink.Disconnected, "protocol")]
    [InlineData("revoke", GatewayLink.Disconnected, "revoked")]
    public async Task End_of_the_connection_says_how_it_ended(string how, GatewayLink link, string reason)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, keepAlive: 10);
        await AnswersAsync(peer);
        switch (how)
        {
            case "disconnect":
                await peer.SendAsync(new byte[] { 0xE0, 0 });
                break;
            case "close":
                peer.Dispose();
                break;
            case "silence":
                listener.Clock.Advance(TimeSpan.FromSeconds(16));
                break;
            case "nonsense":
                await peer.SendAsync(new byte[] { 0xF0, 0 });
                break;
            case "revoke":
                listener.Registry.Set(ListenerUnderTest.Snapshot(2, withFirst: false));
                break;
        }
        await Eventually.HoldsAsync(() => listener.Open == 0, "it is gone");
        var life = await LifeAsync(listener, "GW-01");
        Assert.Equal((link, reason), (life.Link!.Link, life.Link.Reason));
    }

    [Fact]
    public async Task Will_makes_it_lost_and_a_new_login_connected_again()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using (var peer = await MqttPeer.OpenAsync(listener.Port))
        {
            await peer.SendAsync(MqttPeer.Connect(
                will: new MqttWill(Own + "state", new byte[500].Select(_ => (byte)'x').ToArray(), 1, false, MqttProperties.None)));
            await peer.HearAsync();
        }
        await Eventually.HoldsAsync(() => listener.Open == 0, "it is gone");
        var lost = (await LifeAsync(listener, "GW-01")).Link!;
        Assert.Equal((GatewayLink.Lost, "will"), (lost.Link, lost.Reason));
        Assert.InRange(lost.Detail!.Length, 10, 70);
        using var again = await MqttPeer.ConnectAsync(listener.Port);
        await AnswersAsync(again);
        Assert.Equal(GatewayLink.Connected, (await LifeAsync(listener, "GW-01")).Link!.Link);
    }

    [Fact]
    public async Task Taken_over_by_its_own_new_connection_it_stays_connected()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var first = await MqttPeer.ConnectAsync(listener.Port, clientId: "same");
        using var second = await MqttPeer.ConnectAsync(listener.Port, clientId: "same");
        await AnswersAsync(second);
        await Eventually.HoldsAsync(() => listener.Open == 1, "the first is gone");
        var life = await LifeAsync(listener, "GW-01");
        Assert.Equal((GatewayLink.Connected, 2), (life.Link!.Link, life.Traffic.Connections));
    }

    [Fact]
    public async Task Unknown_user_is_sighted_without_its_secret_and_a_known_one_is_not()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        await RefusedAsync(listener, MqttPeer.Connect(user: "stranger", secret: "swordfish"));
        await RefusedAsync(listener, MqttPeer.Connect(user: "stranger", secret: "swordfish"));
        await RefusedAsync(listener, MqttPeer.Connect(user: "GW-01", secret: "wrong"));
        await RefusedAsync(listener, MqttPeer.Connect(user: null, secret: null));
        await RefusedAsync(listener, MqttPeer.Connect(user: "GW-03", secret: "whatever"));

        var seen = Assert.Single(Sightings(listener));
        Assert.Equal(
            new Sighting(0, "stranger", "listener", "127.0.0.1", null, null, listener.Clock.Instant, listener.Clock.Instant, 2), seen);
        Assert.DoesNotContain("swordfish", seen.ToString(), StringComparison.Ordinal);
        Assert.Empty(listener.Sink.Taken);
        var states = await listener.FieldStatesAsync();
        Assert.Equal(
            ["A login under its name was refused: it has no secret here. The log says from where."],
            FaultsOf(states, "GW-03").Select(fault => fault.Text));
    }

    // Whoever reaches the port can say any name: that must not hide what is wrong with the gateway itself.
    [Fact]
    public async Task Logins_that_strangers_try_under_its_name_push_no_fault_of_the_gateway_out()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { LockoutFailures = 1000 });
        using (var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5))
        {
            await peer.SendAsync(new byte[] { 0xF0, 0 });
            Assert.StartsWith("DISCONNECT", await peer.HearAsync(), StringComparison.Ordinal);
        }
        await Eventually.HoldsAsync(() => listener.Open == 0, "it is gone");
        var own = Assert.Single(FaultsOf(await listener.FieldStatesAsync(), "GW-01"));
        for (var minute = 0; minute < 3; minute++)
        {
            for (var i = 0; i < 5; i++) await RefusedAsync(listener, MqttPeer.Connect(user: "GW-01", secret: null));
            for (var i = 0; i < 5; i++) await RefusedAsync(listener, MqttPeer.Connect(user: "GW-01", secret: "wrong"));
            listener.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        var states = await listener.FieldStatesAsync();
        Assert.Equal(own.Text, states.Last(state => state is { Gateway: "GW-01", Fault: not null }).Fault);
        Assert.Equal(
            [(own.Text, 1), ("A login under its name was refused: it gave none. The log says from where.", 3)],
            FaultsOf(states, "GW-01").Select(fault => (fault.Text, fault.Times)));
    }

    [Fact]
    public async Task Names_without_a_secret_are_locked_out_too_and_no_gateway_is_by_them()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { LockoutFailures = 3 });
        for (var i = 0; i < 20; i++) await RefusedAsync(listener, MqttPeer.Connect(user: $"made-up-{i}", secret: null));
        for (var i = 0; i < 20; i++) await RefusedAsync(listener, MqttPeer.Connect(user: "GW-01", secret: null));
        Assert.Equal(["made-up-0", "made-up-1", "made-up-2"], Sightings(listener).Select(one => one.Name).Order());
        using var gateway = await MqttPeer.ConnectAsync(listener.Port);
    }

    [Fact]
    public async Task Whoever_makes_up_names_is_locked_out_before_it_fills_the_list()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { LockoutFailures = 1 });
        for (var i = 0; i < 15; i++) await RefusedAsync(listener, MqttPeer.Connect(user: $"made-up-{i}", secret: "x"));
        Assert.InRange(Sightings(listener).Count, 1, 10);
    }

    [Fact]
    public async Task Gateway_behind_a_broker_is_online_and_unreachable_with_it()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker)).Start();
        await broker.AcceptAsync();
        await broker.PublishAsync(1, MqttPeer.Reading(1));
        await broker.HearAsync();
        var life = source.Life("GW-01")!;
        Assert.Equal((GatewayLink.Online, "broker:site", 1), (life.Link!.Link, life.Connection!.Way, life.Traffic.Messages));
        broker.Drop();
        await source.PassPauseAsync(1);
        var link = source.Life("GW-01")!.Link!;
        Assert.Equal((GatewayLink.Unreachable, "broker_lost"), (link.Link, link.Reason));
        await broker.AcceptAsync();
        await Eventually.HoldsAsync(() => source.IsConnected, "the broker is back");
        Assert.Equal(GatewayLink.Online, source.Life("GW-01")!.Link!.Link);
    }

    [Fact]
    public async Task Unknown_gateway_behind_a_broker_is_sighted_by_the_name_in_its_topic()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker)).Start();
        await broker.AcceptAsync();
        await broker.PublishAsync(1, "{}", "energywatch/v1/GW-99/readings");
        await broker.PublishAsync(2, "{}", "nobody/knows");
        await broker.HearAsync();
        await broker.HearAsync();
        var seen = Assert.Single(source.Sightings);
        Assert.Equal(
            ("GW-99", "broker:site", "energywatch/v1/GW-99/readings", null), (seen.Name, seen.Way, seen.Topic, seen.Address));
    }

    [Fact]
    public void Names_beyond_the_bound_are_counted_and_no_more()
    {
        var notes = new SightingNotes();
        notes.Add("listener", new string('x', 500) + "\u0007", null, null, "a/\u0007", new Instant(0));
        var foreign = notes.Take().Seen.Single();
        Assert.Equal((120, "a/?"), (foreign.Name.Length, foreign.Topic));
        for (var i = 0; i < ISightings.Most + 5; i++) notes.Add("listener", $"n{i}", null, null, null, new Instant(i));
        var (seen, unlisted) = notes.Take();
        Assert.Equal((ISightings.Most, 5), (seen.Count, unlisted));
        notes.GiveBack(seen, unlisted);
        notes.Add("listener", "n3", "10.0.0.9", null, null, new Instant(10_000));
        var again = notes.Take();
        Assert.Equal((ISightings.Most, 5), (again.Seen.Count, again.Unlisted));
        Assert.Equal(
            new Sighting(0, "n3", "listener", "10.0.0.9", null, null, new Instant(3), new Instant(10_000), 2),
            again.Seen.Single(sighting => sighting.Name == "n3"));
    }

    static BrokerOptions Options(FakeBroker broker) => new()
    {
        Name = "site", Host = "127.0.0.1", Port = broker.Port, ClientId = "energywatch-county", Mqtt5 = false,
        DropCounter = "",
    };

    static async Task RefusedAsync(ListenerUnderTest listener, Action<System.Buffers.IBufferWriter<byte>> connect)
    {
        using var peer = await MqttPeer.OpenAsync(listener.Port);
        await peer.SendAsync(connect);
        Assert.StartsWith("CONNACK", await peer.HearAsync(), StringComparison.Ordinal);
        Assert.Equal("closed", await peer.HearAsync());
    }

    // CONNACK goes out before the login is noted; whoever is answered a ping is noted.
    static async Task AnswersAsync(MqttPeer peer)
    {
        await peer.PingAsync();
        Assert.Equal("PINGRESP", await peer.HearAsync());
    }

    static IEnumerable<GatewayFault> FaultsOf(IEnumerable<FieldState> states, string gateway) => states
        .Where(state => state.Gateway == gateway && state.Life is not null).SelectMany(state => state.Life!.Faults);

    static IReadOnlyList<Sighting> Sightings(ListenerUnderTest listener) =>
        listener.Services.GetRequiredService<FieldStateRecorder>().Sightings.Take().Seen;

    static async Task<GatewayLife> LifeAsync(ListenerUnderTest listener, string gateway) =>
        (await listener.FieldStatesAsync()).Last(state => state.Gateway == gateway).Life!;
}
