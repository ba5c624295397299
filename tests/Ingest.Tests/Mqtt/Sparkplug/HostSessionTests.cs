using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Tests.Mqtt.Brokers;

namespace EnergyWatch.Ingest.Tests.Mqtt.Sparkplug;

/// <summary>The session of a host application at a broker, packet by packet (§5.3, §5.16, §5.17).</summary>
public sealed class HostSessionTests
{
    const string State = "spBv1.0/STATE/county";

    // message-flow-phid-sparkplug-clean-session-311, -50; host-application-connect-will, -topic, -payload, -qos, -retained;
    // message-flow-phid-sparkplug-subscription; -state-publish, -payload, -payload-timestamp
    [Theory, InlineData(false), InlineData(true)]
    public async Task Host_has_a_will_and_a_clean_session_subscribes_first_and_then_says_that_it_is_online(bool five)
    {
        using var broker = new FakeBroker { Version = five ? MqttVersion.V5 : MqttVersion.V311 };
        await using var host = new HostUnderTest(HostUnderTest.Options(broker.Port, five)).Start();
        var (connect, subscribe) = await broker.AcceptAsync();
        Assert.Contains(" clean ", connect, StringComparison.Ordinal);
        Assert.DoesNotContain("SessionExpiryInterval", connect, StringComparison.Ordinal);
        Assert.Contains($"will({State} qos=1 retain {Json(false)}", connect, StringComparison.Ordinal);
        Assert.Contains($"{State}:1", subscribe, StringComparison.Ordinal);
        Assert.Contains("spBv1.0/#:1", subscribe, StringComparison.Ordinal);
        Assert.Equal($"PUBLISH {State} qos=1 id=1 retain {Json(true)}", await HearPublishAsync(broker));
    }

    // message-flow-hid-sparkplug-state-message-delivered
    [Fact]
    public async Task Host_that_somebody_calls_offline_says_again_that_it_is_online_with_the_time_of_its_will()
    {
        using var broker = new FakeBroker();
        await using var host = new HostUnderTest(HostUnderTest.Options(broker.Port, five: false)).Start();
        await ArriveAsync(broker);
        host.Clock.Advance(TimeSpan.FromSeconds(1));
        await broker.PublishAsync(7, Text(false, 1), State);
        var heard = new[] { await broker.HearAsync(), await broker.HearAsync() };
        Assert.Contains("PUBACK id=7 code=0", heard);
        var again = Assert.Single(heard, packet => packet.StartsWith($"PUBLISH {State} qos=1 ", StringComparison.Ordinal));
        Assert.EndsWith($" retain {Json(true)}", again, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_state_of_this_host_is_acknowledged_and_means_nothing()
    {
        using var broker = new FakeBroker();
        await using var host = new HostUnderTest(HostUnderTest.Options(broker.Port, five: false)).Start();
        await ArriveAsync(broker);
        await broker.PublishAsync(7, Text(false, 1), "spBv1.0/STATE/another");
        await broker.PublishAsync(8, "OFFLINE", State);
        await broker.PublishAsync(9, "x", "spBv1.0/Plant 1/NCMD/Edge-7");
        await broker.PublishAsync(10, "x", "spBv1.0/Plant 9/NBIRTH/Stranger");
        Assert.Equal(
            ["PUBACK id=7 code=0", "PUBACK id=8 code=0", "PUBACK id=9 code=0", "PUBACK id=10 code=0"],
            [await broker.HearAsync(), await broker.HearAsync(), await broker.HearAsync(), await broker.HearAsync()]);
        Assert.Empty(host.Sink.Taken);
    }

    [Fact]
    public async Task Edge_node_that_is_no_gateway_of_ours_is_sighted_under_the_user_name_that_it_would_have()
    {
        using var broker = new FakeBroker();
        await using var host = new HostUnderTest(HostUnderTest.Options(broker.Port, five: false)).Start();
        await ArriveAsync(broker);
        await broker.PublishAsync(7, "x", "spBv1.0/Plant 9/NBIRTH/Stranger");
        await broker.PublishAsync(8, "x", "spBv1.0/Plant 9/DDATA/Stranger/D1");
        await broker.PublishAsync(9, "x", "spBv1.0/Plant 9/NCMD/Stranger");
        for (var i = 0; i < 3; i++) await broker.HearAsync();
        var sighting = Assert.Single(host.Sighted);
        Assert.Equal(
            ("broker:site", "Plant 9/Stranger", "sparkplug", "spBv1.0/Plant 9/DDATA/Stranger/D1", 2),
            (sighting.Way, sighting.Name, sighting.Dialect, sighting.Topic, sighting.Count));
    }

    // host-application-death-*, host-topic-phid-death-payload-timestamp-disconnect-clean, -disconnect-intentional
    [Fact]
    public async Task Host_that_goes_says_that_it_is_offline_and_then_goodbye()
    {
        using var broker = new FakeBroker();
        var host = new HostUnderTest(HostUnderTest.Options(broker.Port, five: false)).Start();
        await ArriveAsync(broker);
        host.Clock.Advance(TimeSpan.FromSeconds(2));
        var stopping = host.StopAsync();
        var death = await broker.HearAsync();
        Assert.StartsWith($"PUBLISH {State} qos=1 id=", death, StringComparison.Ordinal);
        Assert.EndsWith($" retain {Json(false, 2000)}", death, StringComparison.Ordinal);
        await broker.AcknowledgeAsync(int.Parse(death.Split(' ')[3][3..], System.Globalization.CultureInfo.InvariantCulture));
        Assert.StartsWith("DISCONNECT", await broker.HearAsync(), StringComparison.Ordinal);
        await stopping;
        await host.DisposeAsync();
    }

    static async Task ArriveAsync(FakeBroker broker)
    {
        await broker.AcceptAsync();
        Assert.StartsWith($"PUBLISH {State} qos=1 id=1", await HearPublishAsync(broker), StringComparison.Ordinal);
        await broker.SendAsync(output => new AckPacket(PacketType.PubAck, 1).Write(output, MqttVersion.V311));
    }

    // The client may ask for more than the host does, its broker's drop counter for one.
    static async Task<string> HearPublishAsync(FakeBroker broker)
    {
        while (true)
        {
            var heard = await broker.HearAsync();
            if (heard.StartsWith("PUBLISH", StringComparison.Ordinal)) return heard;
            Assert.StartsWith("SUBSCRIBE", heard, StringComparison.Ordinal);
        }
    }

    static string Text(bool isOnline, long offset) =>
        $"{{\"online\":{(isOnline ? "true" : "false")},\"timestamp\":{1773730320000 + offset}}}";

    static string Json(bool isOnline, long offset = 0) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Text(isOnline, offset)));
}
