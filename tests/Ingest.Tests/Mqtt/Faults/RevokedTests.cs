using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Mqtt.Faults;

/// <summary>Credentials that are taken back while messages are on their way.</summary>
public sealed class RevokedTests
{
    const string Own = "energywatch/v1/GW-01/";

    [Theory, InlineData(false), InlineData(true)]
    public async Task Gateway_revoked_in_mid_stream_is_heard_no_further_and_its_retained_and_will_reach_nobody(bool newSecret)
    {
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { TopicRules = ["GW-02 subscribe energywatch/v1/GW-01/#"] });
        using var watcher = await MqttPeer.ConnectAsync(
            listener.Port, MqttVersion.V5, "w", user: "+/#", secret: "another secret");
        await SubscribeAsync(watcher);
        using var peer = await MqttPeer.OpenAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(MqttPeer.Connect(
            MqttVersion.V5, will: new MqttWill(Own + "will", "gone"u8.ToArray(), 1, true, MqttProperties.None)));
        Assert.StartsWith("CONNACK code=0", await peer.HearAsync());
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1)), peer.Publish(2, "on", Own + "state", retain: true));
        var heard = await peer.HearAsync(2);
        Assert.All(heard, answer => Assert.StartsWith("PUBACK", answer, StringComparison.Ordinal));
        var passedOn = await watcher.HearAsync(2);
        Assert.Contains(passedOn, line => line.StartsWith($"PUBLISH {Own}readings", StringComparison.Ordinal));
        Assert.Contains(passedOn, line => line.StartsWith($"PUBLISH {Own}state", StringComparison.Ordinal));
        listener.Sink.Holds = true;
        await peer.SendAsync([.. Enumerable.Range(3, 20).Select(id => peer.Publish(id, MqttPeer.Reading(id), retain: id % 2 == 0))]);
        await Eventually.HoldsAsync(() => listener.Sink.Held == 20, "they are on their way");
        listener.Registry.Set(newSecret
            ? ListenerUnderTest.Snapshot(2, firstHash: ListenerUnderTest.NewHash())
            : ListenerUnderTest.Snapshot(2, withFirst: false));
        // Nothing is acknowledged after it was told to go, though it is stored: that is the gateway's own to send again.
        Assert.StartsWith("DISCONNECT code=135", await peer.HearAsync());
        Assert.Equal("closed", await peer.HearAsync());
        listener.Sink.StoreAll();
        await Eventually.HoldsAsync(() => listener.Open == 1, "it is gone");
        await watcher.PingAsync();
        Assert.Equal("PINGRESP", await watcher.HearAsync());
        using var late = await MqttPeer.ConnectAsync(
            listener.Port, MqttVersion.V5, "late", user: "+/#", secret: "another secret");
        await SubscribeAsync(late);
        // With a new secret it is the same gateway, and what it had retained is still what it said.
        if (newSecret) Assert.StartsWith($"PUBLISH {Own}state", await late.HearAsync());
        else Assert.Equal(0, listener.Services.GetRequiredService<MessageExchange>().RetainedCount);
        await late.PingAsync();
        Assert.Equal("PINGRESP", await late.HearAsync());
        using var thief = await MqttPeer.OpenAsync(listener.Port, MqttVersion.V5);
        await thief.SendAsync(MqttPeer.Connect(MqttVersion.V5));
        Assert.Equal("CONNACK code=134", await thief.HearAsync());
    }

    static async Task SubscribeAsync(MqttPeer peer)
    {
        await peer.SendAsync(output => new SubscribePacket(9, [new Subscription(Own + "#", 0, 0)], MqttProperties.None)
            .Write(output, MqttVersion.V5));
        Assert.Equal("SUBACK id=9 00", await peer.HearAsync());
    }
}
