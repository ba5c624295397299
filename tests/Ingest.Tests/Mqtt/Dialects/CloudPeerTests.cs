using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Ingest.Tests.Mqtt.Brokers;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Dialects;

/// <summary>Gateways that want to be answered, behind a real mosquitto: their replies are published there.</summary>
[Trait("needs", "peer")]
public sealed class CloudPeerTests
{
    const string Serial = "12109132830001";

    [Theory, InlineData(false), InlineData(true)]
    public async Task Acrel_gateway_behind_a_broker_is_answered_there_once_its_data_is_stored(bool five)
    {
        using var mosquitto = new Mosquitto();
        await mosquitto.StartAsync();
        await using var source = Source(mosquitto, five, "acrel", Serial, "12109132830004");
        await Eventually.HoldsAsync(() => source.IsConnected, "connected");
        using var gateway = Mosquitto.StartSubscriber(
            mosquitto.Port, ["-t", $"/server/acrelHW/AWT100/+/{Serial}", "-q", "1", "-v", "-W", "20"]);
        // Until mosquitto_sub has subscribed, what is published to it is lost: a gateway logs in again, and so do we.
        var heard = gateway.StandardOutput.ReadLineAsync(Eventually.Soon()).AsTask();
        while (!heard.IsCompleted)
        {
            await PublishAsync(mosquitto, "login", """{"type":"login","time":"20260317144430","gwSN":"12109132830001"}""");
            await Task.WhenAny(heard, Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, Eventually.Soon()));
        }
        Assert.Equal($$"""/server/acrelHW/AWT100/login/{{Serial}} {"type":"login","res":1}""", await heard);
        await PublishAsync(mosquitto, "time", """{"type":"time","gwSN":"12109132830001","utc":"8"}""");
        var time = await NextAsync();
        Assert.StartsWith($$"""/server/acrelHW/AWT100/time/{{Serial}} {"type":"time","res":1,"time":"20""", time);

        source.Sink.Holds = true;
        await PublishAsync(mosquitto, "data", """{"type":"data","time":"20260317144430","meterSN":"12109132830004","wh":8.98}""");
        await Eventually.HoldsAsync(() => source.Sink.Held == 1, "the sink has it");
        await mosquitto.PublishAsync("before", "-t", $"/server/acrelHW/AWT100/mark/{Serial}");
        // Not answered before it is durable.
        Assert.EndsWith("before", await gateway.StandardOutput.ReadLineAsync(Eventually.Soon()));
        source.Sink.Holds = false;
        source.Sink.StoreAll();
        Assert.Equal(
            $$"""/server/acrelHW/AWT100/data/{{Serial}} {"type":"data","res":1}""",
            await gateway.StandardOutput.ReadLineAsync(Eventually.Soon()));
        Assert.Equal(8.98, Assert.Single(source.Sink.Readings).Value);
        await PublishAsync(mosquitto, "heart", "{}");
        Assert.EndsWith("""{"type":"heart","res":1}""", await gateway.StandardOutput.ReadLineAsync(Eventually.Soon()));

        // A login that was sent again before the first answer came is answered again.
        async Task<string> NextAsync()
        {
            var line = await gateway.StandardOutput.ReadLineAsync(Eventually.Soon());
            while (line!.Contains("/login/", StringComparison.Ordinal)) line = await gateway.StandardOutput.ReadLineAsync(Eventually.Soon());
            return line;
        }
    }

    [Fact]
    public async Task Data_that_is_not_stored_is_not_answered_behind_a_broker()
    {
        using var mosquitto = new Mosquitto();
        await mosquitto.StartAsync();
        await using var source = Source(mosquitto, false, "acrel", Serial, "12109132830004");
        await Eventually.HoldsAsync(() => source.IsConnected, "connected");
        source.Sink.Fault = _ => new NotStoredException("the disk is full");
        using var gateway = Mosquitto.StartSubscriber(mosquitto.Port, ["-t", "/server/#", "-q", "1", "-v", "-W", "50"]);
        // From here on it hears all that is said to it.
        var heard = gateway.StandardOutput.ReadLineAsync(Eventually.Soon()).AsTask();
        while (!heard.IsCompleted)
        {
            await mosquitto.PublishAsync("before", "-t", "/server/mark");
            await Task.WhenAny(heard, Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, Eventually.Soon()));
        }
        await PublishAsync(mosquitto, "data", """{"type":"data","time":"20260317144430","meterSN":"12109132830004","wh":8.98}""");
        await Eventually.HoldsAsync(() => source.Sink.Taken.Count >= 2, "it is offered again and again");
        source.Sink.Fault = null;
        var said = new List<string?> { await heard };
        while (said[^1] is not { } line || !line.Contains("/data/", StringComparison.Ordinal))
            said.Add(await gateway.StandardOutput.ReadLineAsync(Eventually.Soon()));
        await mosquitto.PublishAsync("after", "-t", "/server/mark");
        while (said[^1] != "/server/mark after") said.Add(await gateway.StandardOutput.ReadLineAsync(Eventually.Soon()));
        // Refused twice at least, stored once, answered once.
        Assert.Single(said, line => line != "/server/mark before" && line != "/server/mark after");
    }

    [Theory, InlineData("mqttv311"), InlineData("mqttv5")]
    public async Task Mosquitto_clients_play_an_acrel_gateway_at_our_own_port(string version)
    {
        await using var listener = await ListenerCloudTests.StartAsync("acrel", Serial, "12109132830004");
        string[] login = ["-u", Serial, "-P", ListenerUnderTest.Secret, "-V", version];
        await Mosquitto.PublishAsync(
            listener.Port, """{"type":"data","time":"20260317144430","meterSN":"12109132830004","wh":8.98}""",
            ["-t", $"/gw/acrelHW/AWT100/data/{Serial}", .. login]);
        Assert.Equal(8.98, Assert.Single(listener.Sink.Readings).Value);
        using var stranger = Mosquitto.StartPublisher(
            listener.Port, ["-m", "{}", "-t", "/gw/acrelHW/AWT100/heart/another", .. login]);
        await stranger.WaitForExitAsync(Eventually.Soon());
        Assert.Single(listener.Sink.Taken);
    }

    static Task PublishAsync(Mosquitto broker, string command, string payload) =>
        broker.PublishAsync(payload, "-t", $"/gw/acrelHW/AWT100/{command}/{Serial}");

    static SourceUnderTest Source(Mosquitto broker, bool five, string dialect, string username, string address)
    {
        var source = new SourceUnderTest(
            new BrokerOptions
            {
                Name = "site", Host = "127.0.0.1", Port = broker.Port, ClientId = "energywatch-test", Mqtt5 = five,
                FirstRetry = TimeSpan.FromMilliseconds(100), LongestRetry = TimeSpan.FromMilliseconds(500),
            },
            TimeProvider.System, dialects: DialectCatalog.Load([Repository.PathOf("seeds", "dialects")]));
        source.Registry.Set(Some.Registry(
            meters: [Some.Meter(1, "M-1", address: address)],
            gateways: [Some.Gateway("GW-01") with { Dialect = dialect, Username = username }], version: 2));
        return source.Start();
    }
}
