using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Tests.Mqtt;

public sealed class ListenerQos2Tests
{
    // MQTT 5.0 §4.9: the window begins anew with every connection.
    [Fact]
    public async Task Gateway_that_lost_its_memory_is_not_shut_out_by_what_it_never_released()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { ReceiveMaximum = 2 });
        using (var lost = await OpenAsync(listener, clean: true))
        {
            await lost.SendAsync(
                lost.Publish(1, MqttPeer.Reading(1), qos: 2), lost.Publish(2, MqttPeer.Reading(2), qos: 2));
            Assert.Equal(["PUBREC id=1 code=0", "PUBREC id=2 code=0"], await lost.HearAsync(2));
            await lost.SendAsync(lost.Publish(3, MqttPeer.Reading(3)));
            Assert.StartsWith("DISCONNECT code=147", await lost.HearAsync());
        }
        using var back = await OpenAsync(listener, clean: false);
        await back.SendAsync(back.Publish(1, MqttPeer.Reading(4), qos: 2), back.Publish(7, MqttPeer.Reading(5)));
        Assert.Equal(["PUBREC id=1 code=0", "PUBACK id=7 code=0"], await back.HearAsync(2));
        // What it does remember is still not taken twice.
        await back.SendAsync(back.Publish(2, MqttPeer.Reading(2), qos: 2, duplicate: true));
        Assert.Equal("PUBREC id=2 code=0", await back.HearAsync());
        Assert.Equal([1.0, 2.0, 4.0, 5.0], listener.Sink.Readings.Select(reading => reading.Value));
    }

    static async Task<MqttPeer> OpenAsync(ListenerUnderTest listener, bool clean)
    {
        var peer = await MqttPeer.OpenAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(MqttPeer.Connect(MqttVersion.V5, clean: clean, properties: new MqttProperties(
            [new(PropertyId.SessionExpiryInterval, 60)])));
        Assert.StartsWith(clean ? "CONNACK code=0" : "CONNACK present code=0", await peer.HearAsync());
        return peer;
    }
}
