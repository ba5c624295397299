using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>Who may what, and what hostile clients do to others: each CVE of mosquitto that a listener can have.</summary>
public sealed class ListenerAccessTests
{
    const string Own = "energywatch/v1/GW-01/";

    // CVE-2017-7650: a user name or client id made of wildcards stands in a pattern.
    [Theory]
    [InlineData("#", "tele/#"), InlineData("+", "tele/+/x"), InlineData("a/b", "tele/a/b/x"), InlineData("$x", "tele/$x/x")]
    public async Task Client_id_that_could_be_a_pattern_opens_nothing(string clientId, string filter)
    {
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { TopicRules = ["GW-01 both tele/%c/x", "GW-01 both tele/%c"] });
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5, clientId);
        await peer.SendAsync(Subscribe(filter));
        Assert.Equal("SUBACK id=9 87", await peer.HearAsync());
        await peer.SendAsync(peer.Publish(1, "x", "tele/a/b/x"));
        Assert.Equal("PUBACK id=1 code=135", Code(await peer.HearAsync()));
    }

    [Fact]
    public async Task User_name_made_of_wildcards_is_put_into_no_rule()
    {
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { TopicRules = ["* both tele/%u", "* both u/%u/#"] });
        using var peer = await MqttPeer.ConnectAsync(
            listener.Port, MqttVersion.V5, user: "+/#", secret: "another secret");
        await peer.SendAsync(Subscribe("tele/+/#", "u/x/#"));
        Assert.Equal("SUBACK id=9 8787", await peer.HearAsync());
    }

    [Fact]
    public async Task Rule_opens_its_topics_to_its_gateway_only()
    {
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { TopicRules = ["GW-01 both tele/%c/%u/+", "* publish all/#", "* deny " + Own + "secret/#"] });
        using var first = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5, "dev1");
        using var other = await MqttPeer.ConnectAsync(
            listener.Port, MqttVersion.V5, "dev1", user: "+/#", secret: "another secret");
        await first.SendAsync(Subscribe("tele/dev1/GW-01/+", "tele/dev1/GW-01/#", "all/x", Own + "secret/x"));
        Assert.Equal("SUBACK id=9 01878787", await first.HearAsync());
        await other.SendAsync(other.Publish(1, "x", "tele/dev1/GW-01/a"));
        Assert.Equal("PUBACK id=1 code=135", Code(await other.HearAsync()));
        await first.SendAsync(first.Publish(1, "x", "tele/dev1/GW-01/a"), first.Publish(2, "x", Own + "secret/a"));
        var heard = await first.HearAsync(3);
        // Permitted, but nobody else reads it.
        Assert.Contains("PUBACK id=1 code=153", heard.Select(Code));
        Assert.Contains("PUBLISH tele/dev1/GW-01/a qos=1 id=1 78", heard);
        Assert.Contains("PUBACK id=2 code=135", heard.Select(Code));
    }

    // CVE-2018-12550: no rules are no permission.
    [Fact]
    public async Task Without_rules_everything_but_the_own_topics_is_denied()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(Subscribe("#", "+/v1/GW-01/x", "energywatch/v1/GW-01x/#", "$SYS/#", "t"));
        Assert.Equal("SUBACK id=9 8787878787", await peer.HearAsync());
    }

    // CVE-2018-12543: a topic that begins with a dollar sign.
    [Theory, InlineData("$SYS/x"), InlineData("$"), InlineData("$share/g/t"), InlineData("$energywatch/v1/GW-01/x")]
    public async Task Topic_with_a_dollar_is_refused_and_harms_nobody(string topic)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(peer.Publish(1, "x", topic), peer.Publish(2, MqttPeer.Reading(1)));
        Assert.Equal(["PUBACK id=1 code=135", "PUBACK id=2 code=0"], (await peer.HearAsync(2)).Select(Code));
    }

    // CVE-2018-12546: what was retained stays after its publisher was revoked.
    [Fact]
    public async Task What_a_revoked_gateway_had_retained_and_willed_is_gone()
    {
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { TopicRules = ["GW-02 subscribe energywatch/v1/GW-01/#"] });
        using var watcher = await MqttPeer.ConnectAsync(
            listener.Port, MqttVersion.V5, "w", user: "+/#", secret: "another secret");
        await watcher.SendAsync(Subscribe(Own + "#"));
        Assert.Equal("SUBACK id=9 01", await watcher.HearAsync());
        using var peer = await MqttPeer.OpenAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(MqttPeer.Connect(
            MqttVersion.V5, will: new MqttWill(Own + "will", "x"u8.ToArray(), 1, true, MqttProperties.None)));
        await peer.HearAsync();
        await peer.SendAsync(peer.Publish(1, "on", Own + "state", retain: true));
        Assert.Equal("PUBACK id=1 code=0", await peer.HearAsync());
        Assert.StartsWith("PUBLISH energywatch/v1/GW-01/state", await watcher.HearAsync());
        var exchange = listener.Services.GetRequiredService<MessageExchange>();
        Assert.Equal(1, exchange.RetainedCount);
        listener.Registry.Set(ListenerUnderTest.Snapshot(2, withFirst: false));
        Assert.StartsWith("DISCONNECT code=135", await peer.HearAsync());
        await Eventually.HoldsAsync(() => exchange.RetainedCount == 0, "nothing of it is retained");
        await watcher.PingAsync();
        Assert.Equal("PINGRESP", await watcher.HearAsync());
    }

    // CVE-2023-28366: the same identifiers of QoS 2 again and again, and never released.
    [Fact]
    public async Task Repeated_identifiers_of_qos_2_hold_no_memory()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { MaxUnreleased = 50 });
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        for (var round = 0; round < 40; round++)
        {
            await peer.SendAsync([.. Enumerable.Range(1, 50).Select(
                id => peer.Publish(id, MqttPeer.Reading(id), qos: 2, duplicate: round > 0))]);
            await peer.HearAsync(50);
        }
        Assert.Equal(50, listener.Sink.Taken.Count);
        // One more costs the oldest its place, and shuts nobody out.
        await peer.SendAsync(peer.Publish(51, MqttPeer.Reading(51), qos: 2));
        Assert.Equal("PUBREC id=51 code=0", await peer.HearAsync());
        await peer.SendAsync(
            peer.Publish(2, MqttPeer.Reading(2), qos: 2, duplicate: true),
            peer.Publish(1, MqttPeer.Reading(1), qos: 2, duplicate: true));
        await peer.HearAsync(2);
        Assert.Equal(52, listener.Sink.Taken.Count);
        var session = Assert.Single(listener.Services.GetRequiredService<GatewaySessions>().Connected).Session;
        Assert.Equal(50, session!.Received.Count);
    }

    [Theory, InlineData(256, "PUBACK id=1 code=0"), InlineData(257, "DISCONNECT code=151")]
    public async Task Properties_of_one_packet_are_bounded(int count, string answer)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1), properties: new MqttProperties(
            [.. Enumerable.Repeat(new MqttProperty(PropertyId.UserProperty, Name: "", Text: ""), count)])));
        Assert.StartsWith(answer, await peer.HearAsync());
    }

    [Fact]
    public async Task What_a_gateway_sends_while_it_is_revoked_is_not_retained()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        var flood = new System.Buffers.ArrayBufferWriter<byte>();
        for (var i = 0; i < 5_000; i++) peer.Publish(0, "on", $"{Own}s/{i % 200}", retain: true)(flood);
        var sending = peer.SendAsync(flood.WrittenMemory);
        var exchange = listener.Services.GetRequiredService<MessageExchange>();
        await Eventually.HoldsAsync(() => exchange.RetainedCount > 0, "it is heard");
        listener.Registry.Set(ListenerUnderTest.Snapshot(2, withFirst: false));
        await Eventually.HoldsAsync(() => listener.Open == 0, "it is gone");
        Assert.Equal(0, exchange.RetainedCount);
        await Record.ExceptionAsync(() => sending);
    }

    // CVE-2017-7651, CVE-2021-34434, CVE-2023-0809: memory for who has not logged in, or by filters without end.
    [Fact]
    public async Task Subscriptions_of_one_client_are_bounded_and_end_with_its_session()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { MaxSubscriptions = 3 });
        using (var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5))
        {
            await peer.SendAsync(Subscribe([.. Enumerable.Range(1, 5).Select(i => $"{Own}{i}"), Own + "1"]));
            Assert.Equal("SUBACK id=9 010101979701", await peer.HearAsync());
        }
        await Eventually.HoldsAsync(() => listener.Open == 0, "it is gone");
        Assert.False(listener.Services.GetRequiredService<MessageExchange>().HasSubscriber("energywatch/v1/GW-01/1"u8));
    }

    [Fact]
    public async Task Queue_of_an_absent_client_is_bounded_and_its_sender_not_held_up()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { MaxQueued = 3 });
        using (var away = await MqttPeer.ConnectAsync(listener.Port, clientId: "away", clean: false))
        {
            await away.SendAsync(Subscribe(MqttVersion.V311, Own + "cmd"));
            Assert.Equal("SUBACK id=9 01", await away.HearAsync());
        }
        await Eventually.HoldsAsync(() => listener.Open == 0, "it is gone");
        using var counted = new CountedMetrics(listener.Services.GetRequiredService<MqttMetrics>());
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        await peer.SendAsync([.. Enumerable.Range(1, 5).Select(id => peer.Publish(id, $"{id}", Own + "cmd"))]);
        await peer.HearAsync(5);
        Assert.Equal(2, counted["energywatch_mqtt_dropped_total"]);
        Assert.Equal(3, counted["energywatch_mqtt_passed_on_total"]);
        using var back = await MqttPeer.OpenAsync(listener.Port);
        await back.SendAsync(MqttPeer.Connect(clientId: "away", clean: false));
        Assert.Equal(
            ["CONNACK present code=0", .. Enumerable.Range(1, 3).Select(id => $"PUBLISH {Own}cmd qos=1 id={id} 3{id}")],
            await back.HearAsync(4));
    }

    [Fact]
    public async Task Retained_messages_of_one_gateway_are_bounded()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { MaxRetainedPerGateway = 2 });
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync([.. Enumerable.Range(1, 3).Select(id => peer.Publish(id, "x", $"{Own}s/{id}", retain: true))]);
        Assert.Equal(
            ["PUBACK id=1 code=16", "PUBACK id=2 code=16", "PUBACK id=3 code=151"], (await peer.HearAsync(3)).Select(Code));
        await peer.SendAsync(
            peer.Publish(4, "y", Own + "s/2", retain: true), peer.Publish(5, "", Own + "s/1", retain: true),
            peer.Publish(6, "z", Own + "s/3", retain: true));
        Assert.All(await peer.HearAsync(3), line => Assert.EndsWith("code=16", line));
    }

    [Fact]
    public async Task Will_becomes_what_the_officer_sees()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using (var peer = await MqttPeer.OpenAsync(listener.Port))
        {
            await peer.SendAsync(MqttPeer.Connect(
                will: new MqttWill(Own + "state", "power lost"u8.ToArray(), 1, false, MqttProperties.None)));
            Assert.Equal("CONNACK code=0", await peer.HearAsync());
        }
        await Eventually.HoldsAsync(() => listener.Open == 0, "it is gone");
        var state = (await listener.FieldStatesAsync()).Last(state => state.Gateway == "GW-01");
        Assert.Equal(
            $"It went without a word; its will for '{Own}state' says 'power lost'.", state.Fault);
    }

    [Theory, InlineData("0.0.0.0"), InlineData("192.0.2.1")]
    public void Open_test_access_takes_effect_on_loopback_only(string bind)
    {
        Assert.True(new MqttOptions { OpenTestAccess = true }.IsOpen);
        Assert.False(new MqttOptions().IsOpen);
        Assert.False(new MqttOptions { OpenTestAccess = true, Bind = bind }.IsOpen);
        Assert.False(new MqttOptions { OpenTestAccess = true, Tls = new MqttTlsOptions { Bind = bind } }.IsOpen);
    }

    [Fact]
    public async Task Open_test_still_asks_a_gateway_for_its_secret_and_stores_nothing_of_strangers()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { OpenTestAccess = true });
        using var wrong = await MqttPeer.OpenAsync(listener.Port);
        await wrong.SendAsync(MqttPeer.Connect(secret: "wrong"));
        Assert.Equal("CONNACK code=5", await wrong.HearAsync());
        using var anybody = await MqttPeer.ConnectAsync(listener.Port, clientId: "x", user: "anybody", secret: "");
        await anybody.SendAsync(anybody.Publish(1, MqttPeer.Reading(1)), anybody.Publish(2, "x", "anything"));
        Assert.Equal(["PUBACK id=1 code=0", "PUBACK id=2 code=0"], await anybody.HearAsync(2));
        using var five = await MqttPeer.ConnectAsync(
            listener.Port, MqttVersion.V5, clientId: "y", user: "anybody", secret: "");
        await five.SendAsync(five.Publish(1, MqttPeer.Reading(1)));
        Assert.Equal("PUBACK id=1 code=16", await five.HearAsync());
        Assert.Empty(listener.Sink.Taken);
    }

    [Theory]
    [InlineData("x"), InlineData("* read a"), InlineData("GW-01 publish a/#/b"), InlineData("* 7 a")]
    [InlineData("* 2 a"), InlineData("* publish,deny a"), InlineData("* deny site/%c/locked"), InlineData("GW-01 deny %u")]
    [InlineData("* both tele/%c/#"), InlineData("* both tele/%u%c/#")]
    public void Rule_that_is_none_is_a_fault_of_the_configuration(string rule) =>
        Assert.Equal(
            ("TopicRules", rule), new MqttOptions { TopicRules = [rule] }.Faults().Select(one => (one.Setting, one.Value!)).Single());

    [Theory, InlineData("* both tele/%u/%c/#"), InlineData("GW-01 both tele/%c/#"), InlineData("* Deny test/nosubscribe")]
    public void Rule_that_opens_one_gateways_own_is_good(string rule) =>
        Assert.Empty(new MqttOptions { TopicRules = [rule] }.Faults());

    [Fact]
    public void Time_that_no_timer_can_run_for_is_a_fault_of_the_configuration() => Assert.Equal(
        "SessionExpiry", new MqttOptions { SessionExpiry = TimeSpan.FromDays(50) }.Faults().Single().Setting);

    [Theory, InlineData("site/#"), InlineData("site/+/x"), InlineData("+/secret/x")]
    public async Task What_is_denied_is_not_seen_through_a_wider_filter(string filter)
    {
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { TopicRules = ["GW-01 subscribe #", "GW-01 deny site/secret/#", "GW-02 publish site/#"] });
        using var sender = await MqttPeer.ConnectAsync(
            listener.Port, MqttVersion.V5, user: "+/#", secret: "another secret");
        await sender.SendAsync(sender.Publish(1, "old", "site/secret/x", retain: true));
        Assert.Equal("PUBACK id=1 code=16", await sender.HearAsync());
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(Subscribe(filter, Own + "mark"));
        Assert.Equal("SUBACK id=9 0101", await peer.HearAsync());
        await sender.SendAsync(sender.Publish(2, "new", "site/secret/x"));
        Assert.Equal("PUBACK id=2 code=153", Code(await sender.HearAsync()));
        await peer.SendAsync(peer.Publish(0, "end", Own + "mark"));
        Assert.Equal($"PUBLISH {Own}mark qos=0 656e64", await peer.HearAsync());
    }

    static string Code(string line) => line.Split(" {")[0];

    static Action<System.Buffers.IBufferWriter<byte>> Subscribe(params string[] filters) =>
        Subscribe(MqttVersion.V5, filters);

    static Action<System.Buffers.IBufferWriter<byte>> Subscribe(MqttVersion version, params string[] filters) =>
        output => new SubscribePacket(
            9, [.. filters.Select(filter => new Subscription(filter, 1, 1))], MqttProperties.None).Write(output, version);
}
