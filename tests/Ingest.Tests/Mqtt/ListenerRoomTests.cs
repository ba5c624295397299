using System.Buffers;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>How many sessions a gateway has, whose are kept, and how much one packet can ask for.</summary>
public sealed class ListenerRoomTests
{
    const string Own = "energywatch/v1/GW-01/";
    const string Other = "another secret";

    static readonly MqttOptions Two = new() { MaxSessionsPerGateway = 2 };

    [Theory, InlineData(MqttVersion.V311, "CONNACK code=3"), InlineData(MqttVersion.V5, "CONNACK code=151")]
    internal async Task Session_too_many_is_refused_while_all_are_connected(MqttVersion version, string answer)
    {
        await using var listener = await ListenerUnderTest.StartAsync(Two);
        using var first = await MqttPeer.ConnectAsync(listener.Port, version, "a");
        using var second = await MqttPeer.ConnectAsync(listener.Port, version, "b");
        using var third = await MqttPeer.OpenAsync(listener.Port, version);
        await third.SendAsync(MqttPeer.Connect(version, "c"));
        Assert.Equal([answer, "closed"], await third.HearAsync(2));
        var state = (await listener.FieldStatesAsync()).Last(state => state.Gateway == "GW-01");
        Assert.Equal("It has 2 sessions already, and all are connected.", state.Fault);
        // No other gateway pays for it, and who was there already may come again.
        using var other = await MqttPeer.OpenAsync(listener.Port, version);
        await other.SendAsync(MqttPeer.Connect(version, "c", "+/#", Other));
        Assert.StartsWith("CONNACK code=0", await other.HearAsync());
        using var again = await MqttPeer.OpenAsync(listener.Port, version);
        await again.SendAsync(MqttPeer.Connect(version, "b"));
        Assert.StartsWith("CONNACK code=0", await again.HearAsync());
    }

    [Fact]
    public async Task Session_that_comes_back_is_present_though_there_is_room_for_no_other()
    {
        await using var listener = await ListenerUnderTest.StartAsync(Two);
        await LeaveAsync(listener, "oldest");
        await LeaveAsync(listener, "newer");
        using var back = await MqttPeer.OpenAsync(listener.Port);
        await back.SendAsync(MqttPeer.Connect(clientId: "oldest", clean: false));
        Assert.Equal("CONNACK present code=0", await back.HearAsync());
        using var third = await MqttPeer.ConnectAsync(listener.Port, clientId: "third", clean: false);
        using var gone = await MqttPeer.OpenAsync(listener.Port);
        await gone.SendAsync(MqttPeer.Connect(clientId: "newer", clean: false));
        Assert.Equal("CONNACK code=3", await gone.HearAsync());
        Assert.Equal(2, listener.Services.GetRequiredService<GatewaySessions>().Count);
    }

    // MQTT 5.0 §3.1.3.2.2: a will waits for its delay or for the end of its session, whichever is first.
    [Fact]
    public async Task Delayed_will_of_a_session_that_makes_room_is_said()
    {
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { MaxSessionsPerGateway = 1, TopicRules = ["GW-02 subscribe energywatch/v1/#"] });
        using var watcher = await MqttPeer.ConnectAsync(
            listener.Port, MqttVersion.V5, "w", user: "+/#", secret: Other);
        await watcher.SendAsync(Subscribe("energywatch/v1/#"));
        Assert.Equal("SUBACK id=9 01", await watcher.HearAsync());
        using (var away = await MqttPeer.OpenAsync(listener.Port, MqttVersion.V5))
        {
            await away.SendAsync(MqttPeer.Connect(
                MqttVersion.V5, "away", properties: new MqttProperties([new(PropertyId.SessionExpiryInterval, 600)]),
                will: new MqttWill(
                    Own + "state", "gone"u8.ToArray(), 1, false, new MqttProperties([new(PropertyId.WillDelayInterval, 300)]))));
            Assert.StartsWith("CONNACK code=0", await away.HearAsync());
        }
        await Eventually.HoldsAsync(() => listener.Open == 1, "it is gone");
        using var next = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5, "next");
        Assert.Equal($"PUBLISH {Own}state qos=1 id=1 676f6e65", await watcher.HearAsync());
    }

    // What it subscribed to under the old name was permitted to the old name.
    [Fact]
    public async Task Session_that_is_away_ends_when_its_gateway_gets_another_name()
    {
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { TopicRules = ["* both tele/%u/#"] });
        using (var away = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V311, "away", clean: false))
        {
            await away.SendAsync(Subscribe("tele/GW-01/#", MqttVersion.V311));
            Assert.Equal("SUBACK id=9 01", await away.HearAsync());
        }
        await Eventually.HoldsAsync(() => listener.Open == 0, "it is gone");
        var exchange = listener.Services.GetRequiredService<MessageExchange>();
        Assert.True(exchange.HasSubscriber("tele/GW-01/x"u8));
        var before = ListenerUnderTest.Snapshot(2);
        listener.Registry.Set(Some.Registry(
            gateways: before.Gateways.Select(one => one.Code == "GW-01" ? one with { Username = "renamed" } : one), version: 3));
        await Eventually.HoldsAsync(() => !exchange.HasSubscriber("tele/GW-01/x"u8), "its subscriptions are gone");
        Assert.Equal(0, listener.Services.GetRequiredService<GatewaySessions>().Count);
    }

    [Fact]
    public async Task Filter_that_stands_twice_in_a_packet_is_sent_its_retained_messages_once()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(peer.Publish(1, "on", Own + "state", retain: true));
        Assert.StartsWith("PUBACK id=1", await peer.HearAsync());
        await peer.SendAsync(Subscribe([.. Enumerable.Repeat(Own + "state", 500)]));
        Assert.StartsWith("SUBACK id=9 01", await peer.HearAsync());
        Assert.Equal($"PUBLISH {Own}state qos=1 id=1 retain 6f6e", await peer.HearAsync());
        await peer.PingAsync();
        Assert.Equal("PINGRESP", await peer.HearAsync());
    }

    [Theory, InlineData(1024, "SUBACK id=9 01"), InlineData(1025, "DISCONNECT code=151")]
    public async Task Filters_of_one_packet_are_bounded(int count, string answer)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(Subscribe([.. Enumerable.Repeat(Own + "x", count)]));
        Assert.StartsWith(answer, await peer.HearAsync());
        using var next = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5, "next");
        await next.SendAsync(output => new UnsubscribePacket(
            9, [.. Enumerable.Repeat(Own + "x", count)], MqttProperties.None).Write(output, MqttVersion.V5));
        Assert.StartsWith(answer.Replace("SUBACK id=9 01", "UNSUBACK id=9 11", StringComparison.Ordinal), await next.HearAsync());
    }

    [Fact]
    public async Task Retained_messages_that_find_no_room_in_the_queue_are_counted()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { MaxQueued = 30 });
        using var counted = new CountedMetrics(listener.Services.GetRequiredService<MqttMetrics>());
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync([.. Enumerable.Range(1, 100).Select(id => peer.Publish(id, "on", $"{Own}s/{id}", retain: true))]);
        await peer.HearAsync(100);
        await peer.SendAsync(Subscribe(Own + "s/#"));
        Assert.Equal("SUBACK id=9 01", await peer.HearAsync());
        await Eventually.HoldsAsync(() => counted["energywatch_mqtt_dropped_total"] > 0, "some are dropped");
        Assert.Equal(70, counted["energywatch_mqtt_dropped_total"]);
        Assert.Equal(30, counted["energywatch_mqtt_passed_on_total"]);
    }

    // [MQTT-3.1.2-24]
    [Theory, InlineData("SUBSCRIBE"), InlineData("UNSUBSCRIBE")]
    public async Task Answer_that_is_larger_than_the_client_takes_is_not_sent_and_nothing_is_done(string asks)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.OpenAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(MqttPeer.Connect(
            MqttVersion.V5, properties: new MqttProperties([new(PropertyId.MaximumPacketSize, 50)])));
        Assert.StartsWith("CONNACK code=0", await peer.HearAsync());
        string[] filters = [.. Enumerable.Range(0, 46).Select(i => $"{Own}{i}")];
        await peer.SendAsync(Subscribe(filters[..45]));
        Assert.StartsWith("SUBACK id=9 0101", await peer.HearAsync());
        await peer.SendAsync(asks == "SUBSCRIBE" ? Subscribe(filters) : output => new UnsubscribePacket(
            9, filters, MqttProperties.None).Write(output, MqttVersion.V5));
        Assert.Equal("DISCONNECT code=149", await peer.HearAsync());
    }

    static async Task LeaveAsync(ListenerUnderTest listener, string clientId)
    {
        using (await MqttPeer.ConnectAsync(listener.Port, clientId: clientId, clean: false)) { }
        await Eventually.HoldsAsync(() => listener.Open == 0, "it is gone");
        listener.Clock.Advance(TimeSpan.FromSeconds(1));
    }

    static Action<IBufferWriter<byte>> Subscribe(params string[] filters) => Subscribe(filters, MqttVersion.V5);

    static Action<IBufferWriter<byte>> Subscribe(string filter, MqttVersion version) => Subscribe([filter], version);

    static Action<IBufferWriter<byte>> Subscribe(string[] filters, MqttVersion version) =>
        output => new SubscribePacket(
            9, [.. filters.Select(filter => new Subscription(filter, 1, 1))], MqttProperties.None).Write(output, version);
}
