using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Mqtt.Dialects;

/// <summary>Gateways that speak a dialect, on the listener's own port: what they may use and what becomes of it.</summary>
public sealed class ListenerDialectTests
{
    const string Sensor = """{"Time":"2026-03-17T14:44:30","ENERGY":{"Total":1066,"Power":41.5}}""";

    [Theory, InlineData(MqttVersion.V311), InlineData(MqttVersion.V5)]
    internal async Task A_message_of_the_dialect_is_acknowledged_after_its_readings_are_stored(MqttVersion version)
    {
        await using var listener = await StartAsync();
        listener.Sink.Holds = true;
        using var peer = await MqttPeer.ConnectAsync(listener.Port, version);
        await peer.SendAsync(peer.Publish(7, Sensor, "tele/GW-01/SENSOR"));
        await Eventually.HoldsAsync(() => listener.Sink.Held == 1, "the sink has it");
        await peer.PingAsync();
        Assert.Equal("PINGRESP", await peer.HearAsync());
        listener.Sink.StoreAll();
        Assert.Equal("PUBACK id=7 code=0", await peer.HearAsync());
        Assert.Equal(
            [(Quantity.EnergyImport, 1066.0, "2026-03-17T06:44:30.000Z"), (Quantity.Power, 0.0415, "2026-03-17T06:44:30.000Z")],
            listener.Sink.Readings.Select(reading => (reading.Series.Quantity, reading.Value, reading.At.ToString())));
        Assert.Equal("mqtt:GW-01", listener.Sink.Taken[0].Source);
        Assert.Equal(
            "application/vnd.energywatch.mqtt; dialect=tasmota; topic=tele%2FGW-01%2FSENSOR", listener.Sink.Taken[0].Format);
    }

    [Theory]
    [InlineData("tele/GW-02/SENSOR")]
    [InlineData("tele/+/SENSOR")]
    [InlineData("tele/GW-01x/SENSOR")]
    [InlineData("tele//SENSOR")]
    public async Task A_topic_of_another_gateway_is_refused(string topic)
    {
        await using var listener = await StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        if (topic.Contains('+', StringComparison.Ordinal))
        {
            await peer.SendAsync(peer.Publish(7, Sensor, topic));
            Assert.StartsWith("DISCONNECT", await peer.HearAsync());
        }
        else
        {
            await peer.SendAsync(peer.Publish(7, Sensor, topic));
            Assert.Equal("PUBACK id=7 code=135", await peer.HearAsync());
        }
        Assert.Empty(listener.Sink.Taken);
    }

    [Fact]
    public async Task A_gateway_without_the_dialect_may_not_use_its_topics()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(peer.Publish(7, Sensor, "tele/GW-01/SENSOR"));
        Assert.Equal("PUBACK id=7 code=135", await peer.HearAsync());
    }

    [Fact]
    public async Task Our_own_format_is_taken_from_any_gateway()
    {
        await using var listener = await StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        await peer.SendAsync(peer.Publish(7, MqttPeer.Reading(12.5)));
        Assert.Equal("PUBACK id=7 code=0", await peer.HearAsync());
        Assert.Equal(12.5, Assert.Single(listener.Sink.Readings).Value);
    }

    [Fact]
    public async Task A_message_that_holds_no_reading_is_acknowledged_and_never_reaches_the_sink()
    {
        await using var listener = await StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        await peer.SendAsync(peer.Publish(7, """{"POWER":"ON"}""", "tele/GW-01/STATE"), peer.Publish(8, "Offline", "tele/GW-01/LWT"));
        Assert.Equal(["PUBACK id=7 code=0", "PUBACK id=8 code=0"], await peer.HearAsync(2));
        Assert.Empty(listener.Sink.Taken);
        Assert.Contains(await listener.FieldStatesAsync(), state => state.Life?.Link?.Detail == "'tele/GW-01/LWT'");
    }

    [Theory]
    [InlineData("tasmota", "tele/GW-01/LWT", "Online", 1)]
    [InlineData("wiren-board", "/devices/a/controls/Total P", "1", 0)]
    public async Task What_names_the_gateway_is_retained_and_what_any_may_say_is_not(
        string dialect, string topic, string payload, int retained)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        Speak(listener, dialect);
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        await peer.SendAsync(peer.Publish(7, payload, topic, retain: true));
        Assert.Equal("PUBACK id=7 code=0", await peer.HearAsync());
        Assert.Equal(retained, listener.Services.GetRequiredService<MessageExchange>().RetainedCount);
    }

    [Theory]
    [InlineData("tasmota", "tele/GW-01/LWT", 1)]
    [InlineData("wiren-board", "/devices/a/controls/Total P", 0)]
    public async Task A_will_is_retained_as_a_message_of_its_topic_is(string dialect, string topic, int retained)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        Speak(listener, dialect);
        using (var peer = await MqttPeer.OpenAsync(listener.Port))
        {
            await peer.SendAsync(MqttPeer.Connect(will: new MqttWill(topic, "1"u8.ToArray(), 1, true, MqttProperties.None)));
            await peer.HearAsync();
        }
        await Eventually.HoldsAsync(() => listener.Open == 0, "it is gone");
        Assert.Equal(retained, listener.Services.GetRequiredService<MessageExchange>().RetainedCount);
    }

    [Fact]
    public async Task A_dialect_that_is_unknown_here_is_said_to_be()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        Speak(listener, "klingon");
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        await peer.PingAsync();
        Assert.Equal("PINGRESP", await peer.HearAsync());
        Assert.Contains(await listener.FieldStatesAsync(), state => state.Fault?.Contains("'klingon'", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Commands_reach_the_gateway_they_name_and_no_other_may_listen()
    {
        await using var listener = await StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(output => new SubscribePacket(9, [Of("cmnd/GW-01/#"), Of("cmnd/GW-02/#"), Of("cmnd/+/#")], MqttProperties.None)
            .Write(output, MqttVersion.V5));
        Assert.Equal("SUBACK id=9 018787", await peer.HearAsync());
        static Subscription Of(string filter) => new(filter, 1, 1);
    }

    static async Task<ListenerUnderTest> StartAsync()
    {
        var listener = await ListenerUnderTest.StartAsync();
        Speak(listener, "tasmota");
        return listener;
    }

    static void Speak(ListenerUnderTest listener, string dialect)
    {
        var now = ListenerUnderTest.Snapshot(2);
        listener.Registry.Set(Some.Registry(
            gateways: now.Gateways.Select(gateway => gateway.Code == "GW-01" ? gateway with { Dialect = dialect } : gateway), version: 2));
    }
}
