using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Tests.Mqtt.Brokers;

/// <summary>How a connection ends or goes bad, what we do then and what is shown of it.</summary>
public sealed class BrokerEndTests
{
    [Fact]
    public async Task Two_processes_with_one_client_id_give_way_longer_and_longer()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        for (var round = 1; round <= 10; round++)
        {
            await broker.AcceptAsync();
            await source.IsConnectedAsync();
            // Each connection is good for minutes before the other process takes it over.
            for (var minute = 0; minute < 3 * 4; minute++) await PassQuietlyAsync(source, broker);
            await broker.LeaveAsync(ReasonCode.SessionTakenOver);
            await source.PassPauseAsync(round);
        }
        await broker.AcceptAsync();
        var pauses = source.Log.Lines.Where(line => line.Message.Contains("Next attempt", StringComparison.Ordinal))
            .Select(line => TimeSpan.Parse(line.Message[^8..], System.Globalization.CultureInfo.InvariantCulture).TotalSeconds);
        Assert.Equal([5, 10, 20, 40, 80, 160, 320, 640, 900, 900], pauses);
        Assert.True(source.Says("does another process use the client id energywatch-county?"));
    }

    [Fact]
    public async Task Broker_of_3_1_1_that_closes_again_and_again_soon_is_suspected_of_the_same()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        for (var round = 1; round <= 5; round++)
        {
            await broker.AcceptAsync();
            await source.IsConnectedAsync();
            broker.Drop();
            await source.PassPauseAsync(round);
        }
        Assert.True(source.Says("does another process use the client id"));
    }

    [Fact]
    public async Task Reason_of_the_broker_and_the_server_it_names_are_shown()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync();
        await source.IsConnectedAsync();
        await broker.LeaveAsync(ReasonCode.ServerMoved, new MqttProperty(PropertyId.ServerReference, Text: "other:1883"));
        await source.ShowsAsync("The broker disconnected us: ServerMoved (0x9d), it names 'other:1883' instead.");
        await source.PassPauseAsync(1);
        await broker.AcceptAsync();
    }

    [Fact]
    public async Task Connected_broker_without_messages_is_subscribed_anew_and_shown_until_one_comes()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(
            broker.Options() with { SilenceLimit = TimeSpan.FromMinutes(1) }).Start();
        await broker.AcceptAsync();
        await source.IsConnectedAsync();
        for (var quarter = 0; quarter < 4 && source.IsConnected; quarter++) await PassQuietlyAsync(source, broker);
        await source.ShowsAsync("No message for 00:01:00 until");
        await source.PassPauseAsync(1);
        // The session is there, and all the same: perhaps it is the subscription that is not.
        await broker.AcceptAsync(sessionPresent: true);
        await source.IsConnectedAsync();
        Assert.Contains("though connected", Assert.Single(source.Troubles), StringComparison.Ordinal);
        await broker.PublishAsync(1, MqttPeer.Reading(1));
        Assert.Equal("PUBACK id=1 code=0", await broker.HearAsync());
        Assert.Empty(source.Troubles);
    }

    [Fact]
    public async Task What_the_broker_drops_is_seen_in_its_own_count()
    {
        const string counter = "$SYS/broker/publish/messages/dropped";
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(broker.Options() with { DropCounter = counter }).Start();
        await broker.AcceptAsync();
        Assert.Equal($"SUBSCRIBE id=1 {counter}:0", await broker.GrantAsync(0));
        await CountAsync("7");
        Assert.Empty(source.Troubles);
        await CountAsync("9");
        Assert.Contains("dropped 2 messages", Assert.Single(source.Troubles), StringComparison.Ordinal);
        await CountAsync("10");
        await CountAsync("4");
        await CountAsync("rubbish");
        Assert.Contains("dropped 7 messages", Assert.Single(source.Troubles), StringComparison.Ordinal);
        Assert.Single(source.Log.Lines, line => line.Message.Contains("max_queued_messages", StringComparison.Ordinal));
        Assert.DoesNotContain(source.Sink.Taken, batch => batch.Refusals.Count > 0);

        async Task CountAsync(string count)
        {
            await broker.PublishAsync(0, count, counter, qos: 0);
            await broker.PublishAsync(5, MqttPeer.Reading(1));
            Assert.Equal("PUBACK id=5 code=0", await broker.HearAsync());
        }
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Broker_that_keeps_its_count_to_itself_is_asked_once(bool closes)
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options() with { DropCounter = "$SYS/dropped" }).Start();
        await broker.AcceptAsync();
        if (closes) Assert.Equal("SUBSCRIBE id=1 $SYS/dropped:0", await broker.HearAsync());
        else await broker.GrantAsync(0x87);
        broker.Drop();
        await source.PassPauseAsync(1);
        await broker.AcceptAsync(sessionPresent: true);
        await source.IsConnectedAsync();
        await source.SaysAsync("does not let us see $SYS/dropped");
        await broker.PublishAsync(5, MqttPeer.Reading(1));
        Assert.Equal("PUBACK id=5 code=0", await broker.HearAsync());
        Assert.Empty(source.Troubles);
    }

    // A quarter of a minute with its ping answered, and the answer heard.
    static async Task PassQuietlyAsync(SourceUnderTest source, FakeBroker broker)
    {
        source.Clock.Advance(TimeSpan.FromSeconds(15));
        var heard = await broker.HearAnyAsync();
        if (heard != "PINGREQ") return;
        await broker.AnswerPingAsync();
        if (!source.IsConnected) return;
        var publishing = source.Outlet.PublishAsync("a", default, 1, false, Eventually.Soon()).AsTask();
        heard = await broker.HearAsync();
        if (heard == "closed") return;
        await broker.AcknowledgeAsync(1);
        await publishing;
    }
}
