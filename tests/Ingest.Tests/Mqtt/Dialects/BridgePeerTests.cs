using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Dialects;

/// <summary>The lines that docs/gateways.md gives to a Wiren Board controller, in a real mosquitto.</summary>
[Trait("needs", "peer")]
public sealed class BridgePeerTests
{
    const string Gateway = "hall";
    const string Counter = "/devices/wb-map3e_15/controls/Total AP energy";

    [Theory, InlineData("gateways.md"), InlineData("gateways.zh-CN.md")]
    public async Task Bridge_as_documented_connects_and_its_values_are_read(string page)
    {
        await using var listener = await ListenerCloudTests.StartAsync("wiren-board", Gateway, "wb-map3e_15");
        using var controller = new Mosquitto();
        await controller.StartAsync(settings: Bridge(page, listener.Port));
        // Until the bridge is there, what is published is not passed on; the controller says it again and again too.
        var stop = Eventually.Soon();
        while (listener.Sink.Readings.Count == 0)
        {
            await controller.PublishAsync("318.125", "-t", Counter);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, stop);
        }
        Assert.All(listener.Sink.Readings, reading => Assert.Equal(318.125, reading.Value));
    }

    static string[] Bridge(string page, int port)
    {
        var lines = File.ReadAllLines(Repository.PathOf("docs", page));
        var bridge = lines.SkipWhile(line => line != "```conf").Skip(1).TakeWhile(line => line != "```").ToArray();
        Assert.Contains("topic /devices/# out 1", bridge);
        return [.. bridge.Select(line => line
            .Replace("192.0.2.30:1883", $"127.0.0.1:{port}", StringComparison.Ordinal)
            .Replace("a-long-secret", ListenerUnderTest.Secret, StringComparison.Ordinal))];
    }
}
