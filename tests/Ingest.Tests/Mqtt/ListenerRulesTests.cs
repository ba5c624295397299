using System.Diagnostics.Metrics;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Mqtt;

public sealed class ListenerRulesTests
{
    [Theory]
    [InlineData("energywatch/v1/GW-02/readings"), InlineData("energywatch/v1/GW-011/readings")]
    [InlineData("energywatch/v1/GW-01")]
    [InlineData("/energywatch/v1/GW-01/readings"), InlineData("energywatch/v1//readings"), InlineData("$SYS/broker")]
    [InlineData("readings")]
    [InlineData("ENERGYWATCH/v1/GW-01/readings")]
    public async Task Topic_of_somebody_else_is_refused_and_nothing_is_stored(string topic)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var five = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5, "five");
        await five.SendAsync(
            five.Publish(1, MqttPeer.Reading(1), topic), five.Publish(2, MqttPeer.Reading(2)),
            five.Publish(0, MqttPeer.Reading(3), topic));
        Assert.Equal(["PUBACK id=1 code=135", "PUBACK id=2 code=0"], await five.HearAsync(2));
        using var three = await MqttPeer.ConnectAsync(listener.Port, clientId: "three");
        await three.SendAsync(three.Publish(1, MqttPeer.Reading(1), topic));
        Assert.Equal("closed", await three.HearAsync());
        Assert.Equal(2, Assert.Single(listener.Sink.Readings).Value);
    }

    [Fact]
    public async Task User_name_made_of_wildcards_opens_no_topic_but_its_own()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(
            listener.Port, MqttVersion.V5, "#", user: "+/#", secret: "another secret");
        await peer.SendAsync(
            peer.Publish(1, MqttPeer.Reading(1)), peer.Publish(2, "[]", "energywatch/v1/GW-02/readings"), peer.Publish(
                3, "[]", "energywatch/v1/GW-02/state"));
        var heard = await peer.HearAsync(3);
        Assert.Equal("PUBACK id=1 code=135", heard[0]);
        Assert.StartsWith("PUBACK id=2 code=", heard[1]);
        Assert.DoesNotContain("code=135", heard[1], StringComparison.Ordinal);
        Assert.StartsWith("PUBACK id=3 code=153", heard[2]);
        Assert.All(listener.Sink.Taken, batch => Assert.Equal("mqtt:GW-02", batch.Source));
    }

    [Theory]
    [InlineData(MqttVersion.V311, "PUBACK id=1 code=0")]
    [InlineData(MqttVersion.V5,
        "PUBACK id=1 code=153 {ReasonString=1 of 1 quarantined, first NOT_THIS_GATEWAY: "
        + "Nobody reads 'energywatch/v1/GW-01/state': readings go to energywatch/v1/GW-01/readings.}")]
    internal async Task Own_topic_that_nobody_reads_is_quarantined_before_it_is_acknowledged(
        MqttVersion version, string answer)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Sink.Holds = true;
        using var peer = await MqttPeer.ConnectAsync(listener.Port, version);
        await peer.SendAsync(
            peer.Publish(1, "{\"on\":true}", "energywatch/v1/GW-01/state"),
            peer.Publish(0, "chatter", "energywatch/v1/GW-01/state"));
        await Eventually.HoldsAsync(() => listener.Sink.Held == 1, "the sink has it");
        await peer.PingAsync();
        Assert.Equal("PINGRESP", await peer.HearAsync());
        var batch = Assert.Single(listener.Sink.Taken);
        Assert.Equal(("mqtt:GW-01", "NOT_THIS_GATEWAY"), (batch.Source, Assert.Single(batch.Refusals).Code));
        Assert.Equal("{\"on\":true}"u8.ToArray(), batch.Payload.ToArray());
        listener.Sink.StoreAll();
        Assert.Equal(answer, await peer.HearAsync());
    }

    [Theory, InlineData(MqttVersion.V311), InlineData(MqttVersion.V5)]
    internal async Task Reading_of_qos_2_is_received_after_it_is_stored_and_stored_once(MqttVersion version)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Sink.Holds = true;
        using var peer = await MqttPeer.ConnectAsync(listener.Port, version);
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1), qos: 2));
        await Eventually.HoldsAsync(() => listener.Sink.Held == 1, "the sink has it");
        await peer.PingAsync();
        Assert.Equal("PINGRESP", await peer.HearAsync());
        listener.Sink.StoreAll();
        Assert.Equal("PUBREC id=1 code=0", await peer.HearAsync());
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1), qos: 2, duplicate: true));
        Assert.Equal("PUBREC id=1 code=0", await peer.HearAsync());
        await peer.SendAsync(output => new AckPacket(PacketType.PubRel, 1).Write(output, version));
        Assert.Equal("PUBCOMP id=1 code=0", await peer.HearAsync());
        Assert.Single(listener.Sink.Taken);
    }

    [Fact]
    public async Task Other_message_under_an_unreleased_identifier_is_stored_and_not_swallowed()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1), qos: 2));
        Assert.Equal("PUBREC id=1 code=0", await peer.HearAsync());
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(2), qos: 2));
        Assert.Equal("PUBREC id=1 code=0", await peer.HearAsync());
        Assert.Equal([1.0, 2.0], listener.Sink.Readings.Select(reading => reading.Value));
    }

    [Fact]
    public async Task Message_for_others_does_not_wait_for_storage_but_its_answer_keeps_the_order()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { ReceiveMaximum = 3 });
        using var screen = await MqttPeer.ConnectAsync(listener.Port, clientId: "screen");
        await screen.SendAsync(Subscribe(MqttVersion.V311, "energywatch/v1/GW-01/state"));
        Assert.Equal("SUBACK id=9 01", await screen.HearAsync());
        listener.Sink.Holds = true;
        const string state = "energywatch/v1/GW-01/state";
        using (var lost = await MqttPeer.OpenAsync(listener.Port, MqttVersion.V5))
        {
            await lost.SendAsync(MqttPeer.Connect(MqttVersion.V5, properties: new MqttProperties(
                [new(PropertyId.SessionExpiryInterval, 60)])));
            await lost.HearAsync();
            await lost.SendAsync(
                lost.Publish(1, MqttPeer.Reading(1)), lost.Publish(2, "on", state, qos: 2),
                lost.Publish(2, "on", state, qos: 2, duplicate: true), lost.Publish(3, "off", state, qos: 2));
            Assert.EndsWith("id=1 6f6e", await screen.HearAsync());
            Assert.EndsWith("id=2 6f6666", await screen.HearAsync());
            lost.Reset();
        }
        await Eventually.HoldsAsync(() =>
        {
            listener.Clock.Advance(TimeSpan.FromSeconds(1));
            return listener.Connected == 1;
        }, "the connection is gone");
        using var back = await MqttPeer.OpenAsync(listener.Port, MqttVersion.V5);
        await back.SendAsync(MqttPeer.Connect(MqttVersion.V5, clean: false));
        Assert.StartsWith("CONNACK present", await back.HearAsync());
        await back.SendAsync(back.Publish(2, "on", state, qos: 2, duplicate: true));
        Assert.Equal("PUBREC id=2 code=0", await back.HearAsync());
        await back.SendAsync(back.Publish(4, MqttPeer.Reading(4)), back.Publish(5, "end", state));
        Assert.EndsWith("id=3 656e64", await screen.HearAsync());
        await back.PingAsync();
        Assert.Equal("PINGRESP", await back.HearAsync());
        listener.Sink.StoreAll();
        Assert.Equal(["PUBACK id=4 code=0", "PUBACK id=5 code=0"], await back.HearAsync(2));
    }

    [Fact]
    public async Task Release_before_the_receipt_is_a_protocol_error()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Sink.Holds = true;
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1), qos: 2));
        await peer.SendAsync(output => new AckPacket(PacketType.PubRel, 1).Write(output, MqttVersion.V5));
        Assert.StartsWith("DISCONNECT code=130", await peer.HearAsync());
    }

    [Theory, InlineData(MqttVersion.V311), InlineData(MqttVersion.V5)]
    internal async Task Retained_reading_is_stored_and_retained(MqttVersion version)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, version);
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1), retain: true));
        Assert.Equal("PUBACK id=1 code=0", await peer.HearAsync());
        Assert.Single(listener.Sink.Readings);
        await peer.SendAsync(Subscribe(version, "energywatch/v1/GW-01/#"));
        Assert.Equal("SUBACK id=9 01", await peer.HearAsync());
        Assert.StartsWith("PUBLISH energywatch/v1/GW-01/readings qos=1 id=1 retain", await peer.HearAsync());
    }

    [Fact]
    public async Task Reading_reaches_who_subscribed_to_it_after_it_is_stored()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var screen = await MqttPeer.ConnectAsync(listener.Port, clientId: "screen");
        await screen.SendAsync(Subscribe(MqttVersion.V311, "energywatch/v1/GW-01/readings"));
        Assert.Equal("SUBACK id=9 01", await screen.HearAsync());
        listener.Sink.Holds = true;
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1)));
        await Eventually.HoldsAsync(() => listener.Sink.Held == 1, "the sink has it");
        await screen.PingAsync();
        Assert.Equal("PINGRESP", await screen.HearAsync());
        listener.Sink.StoreAll();
        Assert.StartsWith("PUBLISH energywatch/v1/GW-01/readings qos=1 id=1 7b", await screen.HearAsync());
    }

    [Fact]
    public async Task Topic_alias_stands_for_the_readings_topic()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        var alias = new MqttProperties([new(PropertyId.TopicAlias, 3)]);
        await peer.SendAsync(
            peer.Publish(1, MqttPeer.Reading(1), properties: alias),
            peer.Publish(2, MqttPeer.Reading(2), topic: "", properties: alias));
        Assert.Equal(["PUBACK id=1 code=0", "PUBACK id=2 code=0"], await peer.HearAsync(2));
        Assert.Equal(2, listener.Sink.Readings.Count);
    }

    [Fact]
    public async Task Oversized_packet_is_refused_by_its_code()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { MaxPacketBytes = 10_000 });
        using var large = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5, "large");
        await large.SendAsync(new byte[] { 0x32, 0xFF, 0xFF, 0x03 });
        Assert.StartsWith("DISCONNECT code=149", await large.HearAsync());
    }

    [Fact]
    public async Task Gateway_may_subscribe_to_its_own_topics_only()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var three = await MqttPeer.ConnectAsync(listener.Port, clientId: "three");
        await three.SendAsync(Subscribe(
            MqttVersion.V311, "energywatch/v1/GW-01/commands", "#", "energywatch/v1/GW-01/+/x/#"));
        Assert.Equal("SUBACK id=9 018001", await three.HearAsync());
        using var five = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5, "five");
        await five.SendAsync(Subscribe(
            MqttVersion.V5, "energywatch/v1/GW-01/#", "energywatch/v1/+/commands", "energywatch/v1/GW-02/commands",
            "energywatch/#", "$share/g/energywatch/v1/GW-01/a", "$SYS/#", "energywatch/v1/GW-01"));
        Assert.Equal("SUBACK id=9 018787879e8701", await five.HearAsync());
        await five.PingAsync();
        Assert.Equal("PINGRESP", await five.HearAsync());
    }

    [Theory]
    [InlineData("f000")]
    [InlineData("9003000100"), InlineData("d000"), InlineData("20020000")]
    public async Task Packet_that_a_gateway_has_no_business_to_send_ends_the_connection(string hex)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(Convert.FromHexString(hex));
        Assert.StartsWith("DISCONNECT code=130", await peer.HearAsync());
        Assert.Equal("closed", await peer.HearAsync());
    }

    [Fact]
    public async Task Silence_longer_than_one_and_a_half_keep_alives_ends_the_connection()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5, keepAlive: 10);
        // CONNACK goes out before its silence is watched; whoever is answered a ping is watched.
        await peer.PingAsync();
        Assert.Equal("PINGRESP", await peer.HearAsync());
        listener.Clock.Advance(TimeSpan.FromSeconds(14));
        await peer.PingAsync();
        Assert.Equal("PINGRESP", await peer.HearAsync());
        listener.Clock.Advance(TimeSpan.FromSeconds(14));
        await peer.SendAsync(new byte[] { 0x32, 0x10 });
        await peer.SendAsync(new byte[] { 0x00 });
        listener.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.StartsWith("DISCONNECT code=141", await peer.HearAsync());
        Assert.Equal("closed", await peer.HearAsync());
    }

    [Fact]
    public async Task Keep_alive_0_never_ends_the_connection()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        listener.Clock.Advance(TimeSpan.FromDays(2));
        await peer.PingAsync();
        Assert.Equal("PINGRESP", await peer.HearAsync());
    }

    [Fact]
    public async Task Closing_inside_a_packet_is_told_from_closing_after_one()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using (var peer = await MqttPeer.ConnectAsync(listener.Port, clientId: "cut")) await peer.SendAsync(
            new byte[] { 0x32, 0x10, 0x00 });
        await Eventually.HoldsAsync(() => Ended(listener, EndCause.Truncated), "the truncation was seen");
        using (await MqttPeer.ConnectAsync(listener.Port, clientId: "shut")) { }
        await Eventually.HoldsAsync(() => Ended(listener, EndCause.Closed), "the close was seen");
        using (var peer = await MqttPeer.ConnectAsync(listener.Port, clientId: "polite")) await peer.SendAsync(
            new byte[] { 0xE0, 0x00 });
        await Eventually.HoldsAsync(() => Ended(listener, EndCause.Disconnected), "the goodbye was heard");
    }

    [Fact]
    public async Task Packet_in_single_bytes_is_read_like_one_in_a_piece()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        var writer = new System.Buffers.ArrayBufferWriter<byte>();
        peer.Publish(5, MqttPeer.Reading(4.25))(writer);
        foreach (var single in writer.WrittenMemory.ToArray()) await peer.SendAsync(new[] { single });
        Assert.Equal("PUBACK id=5 code=0", await peer.HearAsync());
        Assert.Equal(4.25, Assert.Single(listener.Sink.Readings).Value);
    }

    [Fact]
    public async Task Counters_say_what_went_which_way()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var counted = new CountedMetrics(listener.Services.GetRequiredService<MqttMetrics>());
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        await peer.SendAsync(
            peer.Publish(1, MqttPeer.Reading(1) + new string(' ', 1000)), peer.Publish(0, MqttPeer.Reading(2)));
        Assert.Equal("PUBACK id=1 code=0", await peer.HearAsync());
        await Eventually.HoldsAsync(() => counted["energywatch_mqtt_messages_total"] == 2, "both are counted");
        Assert.InRange(counted["energywatch_mqtt_received_bytes_total"], 1100, 2000);
        Assert.Equal(4 + 4, counted["energywatch_mqtt_sent_bytes_total"]);
        Assert.Equal(1, counted["energywatch_mqtt_acknowledged_total"]);
        Assert.Equal(1, counted.Observe("energywatch_mqtt_connections"));
        Assert.Equal(0, counted.Observe("energywatch_mqtt_in_flight"));
        using var stranger = await MqttPeer.OpenAsync(listener.Port);
        await stranger.SendAsync(MqttPeer.Connect(secret: "wrong"));
        await stranger.HearAsync(2);
        await Eventually.HoldsAsync(() => counted["energywatch_mqtt_ended_total"] == 1, "its end is counted");
        Assert.Equal(1, counted["energywatch_mqtt_refused_logins_total"]);
        await peer.SendAsync(peer.Publish(2, "[]", "elsewhere"));
        Assert.Equal("closed", await peer.HearAsync());
        await Eventually.HoldsAsync(() => counted["energywatch_mqtt_ended_total"] == 2, "its end is counted");
        Assert.Equal(1, counted["energywatch_mqtt_refused_topics_total"]);
    }

    [Fact]
    public async Task Last_contact_and_last_fault_are_kept_for_the_officer()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(peer.Publish(1, "{}", "elsewhere"));
        await peer.HearAsync();
        var state = (await listener.FieldStatesAsync()).Last(state => state.Gateway == "GW-01");
        Assert.Equal(listener.Clock.Instant, state.LastSeen);
        Assert.Equal("It may not publish to 'elsewhere'.", state.Fault);
    }

    static bool Ended(ListenerUnderTest listener, EndCause cause) =>
        listener.Log.Lines.Any(line => line.Message.Contains($"is gone: {cause}.", StringComparison.Ordinal));

    static Action<System.Buffers.IBufferWriter<byte>> Subscribe(MqttVersion version, params string[] filters) =>
        output => new SubscribePacket(
            9, [.. filters.Select(filter => new Subscription(filter, 1, 0))], MqttProperties.None).Write(output,
            version);
}
