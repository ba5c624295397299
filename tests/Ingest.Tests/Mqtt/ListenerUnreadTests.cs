using System.Buffers;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>Readings under a wrong name: what is acknowledged is kept, whoever listens in the sender's own name.</summary>
public sealed class ListenerUnreadTests
{
    const string Wrong = "energywatch/v1/GW-01/reading";

    [Theory, InlineData(MqttVersion.V311, 0), InlineData(MqttVersion.V5, 153)]
    internal async Task Sender_that_subscribed_to_itself_is_nobody_who_reads(MqttVersion version, int answer)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, version);
        await peer.SendAsync(Subscribe(version));
        Assert.Equal("SUBACK id=9 01", await peer.HearAsync());
        listener.Sink.Holds = true;
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1), Wrong));
        Assert.StartsWith($"PUBLISH {Wrong} qos=1 id=1", await peer.HearAsync());
        await Eventually.HoldsAsync(() => listener.Sink.Held == 1, "the sink has it");
        await peer.PingAsync();
        Assert.Equal("PINGRESP", await peer.HearAsync());
        listener.Sink.StoreAll();
        Assert.StartsWith($"PUBACK id=1 code={answer}", await peer.HearAsync());
        AssertInQuarantine(listener, 1);
    }

    [Theory]
    [InlineData(MqttVersion.V311, 1, "PUBACK id=1 code=0"), InlineData(MqttVersion.V5, 1, "PUBACK id=1 code=16")]
    [InlineData(MqttVersion.V311, 2, "PUBREC id=1 code=0"), InlineData(MqttVersion.V5, 2, "PUBREC id=1 code=0")]
    internal async Task What_is_retained_and_nobody_reads_is_quarantined_too(MqttVersion version, int qos, string answer)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, version);
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1), Wrong, retain: true, qos: qos));
        Assert.Equal(answer, await peer.HearAsync());
        AssertInQuarantine(listener, 1);
        await peer.SendAsync(Subscribe(version));
        Assert.Equal("SUBACK id=9 01", await peer.HearAsync());
        Assert.StartsWith($"PUBLISH {Wrong} qos=1 id=1 retain", await peer.HearAsync());
    }

    [Theory, InlineData(MqttVersion.V311, 0), InlineData(MqttVersion.V5, 151)]
    internal async Task What_no_subscriber_has_room_for_is_quarantined(MqttVersion version, int answer)
    {
        await using var listener = await ListenerUnderTest.StartAsync(
            new EnergyWatch.Ingest.Mqtt.MqttOptions { MaxQueued = 1 });
        using (var away = await MqttPeer.ConnectAsync(listener.Port, clientId: "away", clean: false))
        {
            await away.SendAsync(Subscribe(MqttVersion.V311));
            Assert.Equal("SUBACK id=9 01", await away.HearAsync());
        }
        await Eventually.HoldsAsync(() => listener.Open == 0, "it is gone");
        using var peer = await MqttPeer.ConnectAsync(listener.Port, version);
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1), Wrong), peer.Publish(2, MqttPeer.Reading(2), Wrong));
        var heard = await peer.HearAsync(2);
        Assert.Equal("PUBACK id=1 code=0", heard[0]);
        Assert.StartsWith($"PUBACK id=2 code={answer}", heard[1]);
        AssertInQuarantine(listener, 2);
    }

    [Fact]
    public async Task Order_of_answers_holds_between_readings_and_what_nobody_reads()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Sink.Holds = true;
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        await peer.SendAsync(
            peer.Publish(1, MqttPeer.Reading(1), Wrong, retain: true), peer.Publish(2, MqttPeer.Reading(2)),
            peer.Publish(3, "", Wrong, retain: true), peer.Publish(4, MqttPeer.Reading(4), Wrong));
        await Eventually.HoldsAsync(() => listener.Sink.Held == 3, "the sink has all but the removal");
        listener.Sink.StoreAll();
        Assert.Equal([.. Enumerable.Range(1, 4).Select(id => $"PUBACK id={id} code=0")], await peer.HearAsync(4));
    }

    static void AssertInQuarantine(ListenerUnderTest listener, int value)
    {
        var batch = Assert.Single(listener.Sink.Taken);
        Assert.Equal("NOT_THIS_GATEWAY", Assert.Single(batch.Refusals).Code);
        Assert.Equal(System.Text.Encoding.UTF8.GetBytes(MqttPeer.Reading(value)), batch.Payload.ToArray());
    }

    static Action<IBufferWriter<byte>> Subscribe(MqttVersion version) =>
        output => new SubscribePacket(
            9, [new Subscription("energywatch/v1/GW-01/#", 1, 0)], MqttProperties.None).Write(output, version);
}
