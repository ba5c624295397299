using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>Rules that take something away, and wills that must not pass for more than they are.</summary>
public sealed class ListenerDenialTests
{
    const string Own = "energywatch/v1/GW-01/";

    [Theory, InlineData("GW-01 deny energywatch/v1/GW-01/readings"), InlineData("* deny energywatch/#")]
    public async Task Deny_holds_for_the_readings_topic_too(string rule)
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { TopicRules = [rule] });
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(peer.Publish(1, MqttPeer.Reading(1)));
        Assert.StartsWith("PUBACK id=1 code=135", await peer.HearAsync());
        Assert.Empty(listener.Sink.Taken);
    }

    [Fact]
    public async Task Rule_for_a_gateway_that_is_not_there_is_shown_once_until_it_is()
    {
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { TopicRules = ["GW-1 both tele/#", "* publish all/#", "GW-02 publish b"] });
        await Eventually.HoldsAsync(() => Said() == 1, "it is shown");
        listener.Registry.Set(ListenerUnderTest.Snapshot(2));
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        listener.Registry.Set(ListenerUnderTest.Snapshot(3, withFirst: false));
        Assert.StartsWith("DISCONNECT", await peer.HearAsync());
        Assert.Equal(1, Said());

        int Said() => listener.Log.Lines.Count(line => line.Message.Contains("'GW-1 both tele/#' is for GW-1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Will_for_the_readings_topic_is_what_the_officer_sees_and_goes_to_nobody_as_readings()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var watcher = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5, "watcher");
        await watcher.SendAsync(output => new SubscribePacket(9, [new Subscription(Own + "#", 1, 1)], MqttProperties.None)
            .Write(output, MqttVersion.V5));
        Assert.Equal("SUBACK id=9 01", await watcher.HearAsync());
        using (var peer = await MqttPeer.OpenAsync(listener.Port))
        {
            await peer.SendAsync(MqttPeer.Connect(
                will: new MqttWill(Own + "readings", "{\"power\":0}"u8.ToArray(), 1, true, MqttProperties.None)));
            Assert.Equal("CONNACK code=0", await peer.HearAsync());
        }
        await Eventually.HoldsAsync(() => listener.Open == 1, "it is gone");
        var state = (await listener.FieldStatesAsync()).Last(state => state.Gateway == "GW-01");
        Assert.StartsWith($"It went without a word; its will for '{Own}readings' says ", state.Fault, StringComparison.Ordinal);
        await watcher.SendAsync(watcher.Publish(0, "mark", Own + "mark"));
        Assert.Equal($"PUBLISH {Own}mark qos=0 6d61726b", await watcher.HearAsync());
        Assert.Empty(listener.Sink.Taken);
        var exchange = (MessageExchange)listener.Services.GetService(typeof(MessageExchange))!;
        Assert.Equal(0, exchange.RetainedCount);
    }
}
