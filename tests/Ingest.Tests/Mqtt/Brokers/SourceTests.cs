using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Tests.Mqtt.Brokers;

public sealed class SourceTests
{
    static BrokerOptions Options(FakeBroker broker) => new()
    {
        Name = "site", Host = "127.0.0.1", Port = broker.Port, ClientId = "energywatch-county",
        Username = "u", Password = "p", Mqtt5 = false, DropCounter = "",
    };

    [Fact]
    public async Task Client_asks_for_its_session_and_subscribes_at_qos_1()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker)).Start();
        var (connect, subscribe) = await broker.AcceptAsync();
        Assert.Equal("CONNECT 3.1.1 keep=30 id=energywatch-county user=u secret=70", connect);
        Assert.Equal("SUBSCRIBE id=1 energywatch/v1/+/readings:1", subscribe);
    }

    [Fact]
    public async Task Messages_are_acknowledged_in_order_after_they_are_stored()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker)).Start();
        await broker.AcceptAsync();
        source.Sink.Holds = true;
        for (var id = 1; id <= 3; id++) await broker.PublishAsync(id, MqttPeer.Reading(id));
        await Eventually.HoldsAsync(() => source.Sink.Held == 3, "the sink has them");
        source.Sink.Store(2);
        source.Sink.Store(1);
        source.Sink.Store(0);
        for (var id = 1; id <= 3; id++) Assert.Equal($"PUBACK id={id} code=0", await broker.HearAsync());
        Assert.All(source.Sink.Taken, batch => Assert.Equal("mqtt:GW-01", batch.Source));
        Assert.Equal([1, 2, 3], source.Sink.Readings.Select(reading => (int)reading.Value));
    }

    [Theory]
    [InlineData("energywatch/v1/GW-99/readings"), InlineData("energywatch/v1/GW-01/state")]
    [InlineData("tele/plug/SENSOR"), InlineData("energywatch/v1//readings")]
    public async Task Message_of_nobody_is_quarantined_and_acknowledged(string topic)
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker)).Start();
        await broker.AcceptAsync();
        await broker.PublishAsync(5, "{}", topic);
        Assert.Equal("PUBACK id=5 code=0", await broker.HearAsync());
        var batch = Assert.Single(source.Sink.Taken);
        Assert.Equal("mqtt:site", batch.Source);
        Assert.Equal(RefusalCodes.NotThisGateway, Assert.Single(batch.Refusals).Code);
        Assert.Contains(topic, batch.Refusals[0].Detail, StringComparison.Ordinal);
        Assert.Equal("{}"u8.ToArray(), batch.Payload.ToArray());
    }

    [Theory]
    [InlineData("energywatch/v1/GW-01/readings", "mqtt:GW-01"), InlineData("tele/plug/SENSOR", "mqtt:site")]
    public async Task Message_larger_than_is_taken_goes_past_with_its_head_quarantined(string topic, string source)
    {
        using var broker = new FakeBroker();
        await using var client = new SourceUnderTest(Options(broker)).Start();
        await broker.AcceptAsync();
        var large = new string('x', 300 * 1024);
        await broker.PublishAsync(7, large, topic);
        await broker.PublishAsync(8, MqttPeer.Reading(8));
        Assert.Equal("PUBACK id=7 code=0", await broker.HearAsync());
        Assert.Equal("PUBACK id=8 code=0", await broker.HearAsync());
        var batch = client.Sink.Taken[0];
        Assert.Equal(source, batch.Source);
        Assert.Equal(
            $"The message to '{topic}' has {large.Length + 8 + topic.Length} bytes, and 262144 are taken here: "
            + "only the first 65536 bytes of its payload are kept.", Assert.Single(batch.Refusals).Detail);
        Assert.Equal(large[..65536], System.Text.Encoding.UTF8.GetString(batch.Payload.Span));
        Assert.Equal(8, Assert.Single(client.Sink.Readings).Value);
    }

    [Fact]
    public async Task Message_that_cannot_be_stored_is_fetched_again_by_connecting_anew()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker)).Start();
        await broker.AcceptAsync();
        source.Sink.Fault = _ => new NotStoredException("the disk is full");
        await broker.PublishAsync(1, MqttPeer.Reading(1));
        Assert.Equal("closed", await broker.HearAsync());
        source.Sink.Fault = null;
        await source.PassPauseAsync(1);
        await broker.GreetAsync(sessionPresent: true);
        await broker.PublishAsync(1, MqttPeer.Reading(1), duplicate: true);
        Assert.Equal("PUBACK id=1 code=0", await broker.HearAsync());
        Assert.Contains(source.Log.Lines, line => line.Message.Contains("the disk is full", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Connected_but_silent_broker_is_left_and_tried_again()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker)).Start();
        await broker.AcceptAsync();
        await Eventually.HoldsAsync(() => source.IsConnected, "connected");
        source.Clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("PINGREQ", await broker.HearAnyAsync());
        source.Clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("closed", await broker.HearAsync());
        await source.PassPauseAsync(1);
        await broker.AcceptAsync();
        Assert.Contains(
            source.Log.Lines, line => line.Message.Contains("Connected but silent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pings_go_on_while_the_sink_lets_nobody_in()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker) with { ReceiveMaximum = 2 }).Start();
        await broker.AcceptAsync();
        source.Sink.CloseDoor();
        for (var id = 1; id <= 5; id++) await broker.PublishAsync(id, MqttPeer.Reading(id));
        await Eventually.HoldsAsync(() => source.IsConnected && source.IsHeldBack, "the window is full");
        for (var i = 0; i < 5; i++)
        {
            source.Clock.Advance(TimeSpan.FromSeconds(15));
            Assert.Equal("PINGREQ", await broker.HearAnyAsync());
            await broker.AnswerPingAsync();
            await HearsAsync(source, broker);
        }
        source.Sink.OpenDoor();
        for (var id = 1; id <= 5; id++) Assert.Equal($"PUBACK id={id} code=0", await broker.HearAsync());
    }

    [Fact]
    public async Task Broker_that_answers_no_ping_while_the_window_is_full_is_left()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker) with { ReceiveMaximum = 2 }).Start();
        await broker.AcceptAsync();
        source.Sink.CloseDoor();
        for (var id = 1; id <= 5; id++) await broker.PublishAsync(id, MqttPeer.Reading(id));
        await Eventually.HoldsAsync(() => source.IsConnected && source.IsHeldBack, "the window is full");
        await HearsAsync(source, broker);
        source.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("closed", await broker.HearAsync());
        await Eventually.HoldsAsync(() => source.Troubles.Any(
            trouble => trouble.Contains("Connected but silent", StringComparison.Ordinal)), "it is shown");
    }

    [Fact]
    public async Task Subscription_whose_answer_stands_behind_messages_that_we_hold_back_is_waited_for()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker) with { ReceiveMaximum = 1, MaxPacketBytes = 1024 });
        source.Sink.CloseDoor();
        source.Start();
        await broker.GreetAsync();
        Assert.StartsWith("SUBSCRIBE id=1 ", await broker.HearAsync(), StringComparison.Ordinal);
        // More than is looked ahead.
        for (var id = 1; id <= 5; id++) await broker.PublishAsync(id, MqttPeer.Reading(id) + new string(' ', 600));
        await broker.AnswerAsync(PacketType.SubAck, 1, 1);
        await Eventually.HoldsAsync(() => source.IsHeldBack, "the window is full");
        source.Clock.Advance(TimeSpan.FromSeconds(25));
        source.Sink.OpenDoor();
        for (var id = 1; id <= 5; id++) Assert.Equal($"PUBACK id={id} code=0", await broker.HearAsync());
        await source.IsConnectedAsync();
    }

    [Fact]
    public async Task Subscription_that_is_never_answered_ends_the_connection()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker)).Start();
        await broker.GreetAsync();
        Assert.StartsWith("SUBSCRIBE", await broker.HearAsync(), StringComparison.Ordinal);
        await Eventually.HoldsAsync(() => source.Clock.Waiting >= 3, "it waits for SUBACK, and pings");
        source.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("closed", await broker.HearAsync());
        await source.SaysAsync("No answer to a subscription within 00:00:10");
    }

    /// <summary>What was sent before this has been heard.</summary>
    static async Task HearsAsync(SourceUnderTest source, FakeBroker broker)
    {
        var publishing = source.Outlet.PublishAsync("a", "b"u8.ToArray(), 1, false, Eventually.Soon());
        Assert.Equal("PUBLISH a qos=1 id=1 62", await broker.HearAsync());
        await broker.AcknowledgeAsync(1);
        Assert.Equal(ReasonCode.Success, await publishing);
    }

    [Theory, InlineData(0, "grants QoS 0 only"), InlineData(0x80, "with code 128")]
    public async Task Subscription_that_is_granted_less_is_shown(byte granted, string shown)
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker)).Start();
        await broker.AcceptAsync(granted: granted);
        await Eventually.HoldsAsync(
            () => source.Log.Lines.Any(line => line.Message.Contains(shown, StringComparison.Ordinal)), shown);
    }

    [Fact]
    public async Task Refused_login_is_tried_again_with_growing_pauses()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker)).Start();
        await broker.RefuseAsync(5);
        await source.PassPauseAsync(1);
        await broker.RefuseAsync(5);
        await source.PassPauseAsync(2);
        await broker.RefuseAsync(5);
        await Eventually.HoldsAsync(
            () => source.Log.Lines.Count(
                line => line.Message.Contains(
                    "refused with code 5", StringComparison.Ordinal)) == 3, "three are shown");
        var pauses = source.Log.Lines.Where(
            line => line.Message.Contains("Next attempt", StringComparison.Ordinal)).Select(line => line.Message[^8..]);
        Assert.Equal(["00:00:01", "00:00:02", "00:00:04"], pauses);
    }

    [Fact]
    public async Task Broker_that_does_not_answer_connect_is_given_up_after_the_limit()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker)).Start();
        await Eventually.HoldsAsync(() => source.Clock.Waiting == 1, "it waits");
        source.Clock.Advance(TimeSpan.FromSeconds(10));
        await Eventually.HoldsAsync(
            () => source.Log.Lines.Any(
                line => line.Message.Contains("No CONNACK within", StringComparison.Ordinal)), "given up");
    }

    [Fact]
    public async Task Stop_lets_the_message_in_flight_be_acknowledged_and_says_goodbye()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(Options(broker)).Start();
        await broker.AcceptAsync();
        source.Sink.Holds = true;
        await broker.PublishAsync(1, MqttPeer.Reading(1));
        await Eventually.HoldsAsync(() => source.Sink.Held == 1, "the sink has it");
        var stopping = source.StopAsync();
        source.Sink.StoreAll();
        Assert.Equal("PUBACK id=1 code=0", await broker.HearAsync());
        Assert.Equal("DISCONNECT code=0", await broker.HearAsync());
        await stopping;
    }
}
