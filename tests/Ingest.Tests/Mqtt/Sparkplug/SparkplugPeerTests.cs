using System.Diagnostics;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Sparkplug;
using EnergyWatch.Ingest.Tests.Mqtt.Faults;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Mqtt.Sparkplug;

/// <summary>
/// An edge node written by others, sparkplug-client (node) of Eclipse Tahu, which <c>test.sh</c> installs: at our own
/// listener, and behind mosquitto with our host application there.
/// </summary>
[Trait("needs", "peer")]
public sealed class SparkplugPeerTests
{
    const string State = "spBv1.0/STATE/county";
    const string Online = "{\"online\":true,";
    const string Offline = "{\"online\":false,";

    [Fact]
    public async Task Edge_node_at_our_listener_is_understood_reborn_after_a_loss_and_dies()
    {
        var options = new MqttOptions
        {
            Sparkplug = new SparkplugOptions { MetricsFile = Repository.PathOf("seeds", "dialects", "sparkplug", "metrics.yaml") },
        };
        await using var listener = await ListenerUnderTest.StartAsync(options);
        var gateway = ListenerUnderTest.Snapshot(1).Gateway("GW-01")! with { Username = "Plant 1/Edge-7", Dialect = SparkplugDialect.Known };
        listener.Registry.Set(Some.Registry(meters: [Some.Meter(address: "D1")], gateways: [gateway], version: 2));
        using var edge = Start(listener.Port);
        var host = listener.Services.GetRequiredService<SparkplugHost>();
        await LiveAsync(edge, listener.Sink, async () =>
        {
            await Eventually.HoldsAsync(() => host.HeldBytes > 0, "what came after the lost message is held back");
            listener.Clock.Advance(TimeSpan.FromSeconds(2));
        });
        await Eventually.HoldsAsync(() => host.Alive == 0, "it is dead");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Edge_node_behind_mosquitto_is_understood_reborn_after_a_loss_and_dies(bool five)
    {
        using var mosquitto = new Mosquitto();
        await mosquitto.StartAsync();
        await using var host = new HostUnderTest(HostUnderTest.Options(mosquitto.Port, five), TimeProvider.System).Start();
        await Eventually.HoldsAsync(() => host.IsConnected, "connected");
        using var edge = Start(mosquitto.Port);
        await LiveAsync(edge, host.Sink, static () => Task.CompletedTask);
        await Eventually.HoldsAsync(() => host.Alive == 0, "it is dead");
    }

    [Fact]
    public async Task Host_at_mosquitto_is_online_while_it_runs_whatever_others_say_and_offline_when_it_went()
    {
        using var mosquitto = new Mosquitto();
        await mosquitto.StartAsync();
        using var watching = Watch(mosquitto);
        var options = HostUnderTest.Options(mosquitto.Port, five: false);
        await using (var host = new HostUnderTest(options, TimeProvider.System).Start())
        {
            Assert.StartsWith(Online, await LineAsync(watching), StringComparison.Ordinal);
            await mosquitto.PublishAsync("{\"online\":false,\"timestamp\":1}", "-t", State, "-r");
            Assert.Equal("{\"online\":false,\"timestamp\":1}", await LineAsync(watching));
            Assert.StartsWith(Online, await LineAsync(watching), StringComparison.Ordinal);
        }
        Assert.StartsWith(Offline, await LineAsync(watching), StringComparison.Ordinal);
        Assert.StartsWith(Offline, await KeptAsync(mosquitto), StringComparison.Ordinal);
        watching.Kill();
    }

    // Its line is cut, as by a kill -9: there is no goodbye, and the broker says the will, with the time of the birth.
    [Theory, InlineData(false), InlineData(true)]
    public async Task Host_at_mosquitto_whose_line_is_cut_is_offline_by_its_will_and_online_when_it_is_back(bool five)
    {
        using var mosquitto = new Mosquitto();
        await mosquitto.StartAsync();
        using var watching = Watch(mosquitto);
        await using var line = new DroppingProxy(mosquitto.Port);
        await using var host = new HostUnderTest(HostUnderTest.Options(line.Port, five), TimeProvider.System).Start();
        var first = await LineAsync(watching);
        Assert.StartsWith(Online, first, StringComparison.Ordinal);
        line.Cut();
        Assert.Equal(first!.Replace(Online, Offline, StringComparison.Ordinal), await LineAsync(watching));
        Assert.StartsWith(Online, await LineAsync(watching), StringComparison.Ordinal);
        watching.Kill();
    }

    // Born, data by alias, a message lost, reborn on our request, data again, gone with its death certificate.
    static async Task LiveAsync(Process edge, ScriptedSink sink, Func<Task> passTime)
    {
        Assert.Equal("born 1", await LineAsync(edge));
        await TellAsync(edge, "data 2000", "named 3000");
        await Eventually.HoldsAsync(() => sink.Readings.Count == 3, "birth and data are stored");
        Assert.Equal([1, 2, 3], sink.Readings.Select(reading => reading.Value));
        await TellAsync(edge, "lose 1", "data 4000");
        await passTime();
        Assert.Equal(("ncmd true Boolean", "born 2"), (await LineAsync(edge), await LineAsync(edge)));
        await TellAsync(edge, "data 5000");
        await Eventually.HoldsAsync(() => sink.Readings.Count >= 5, "rebirth and data are stored");
        Assert.Equal([1, 2, 3, 2, 5], sink.Readings.Select(reading => reading.Value));
        // What came after the lost message says an alias only: it is kept, and not guessed.
        Assert.Equal([RefusalCodes.NoBirth], sink.Taken.SelectMany(batch => batch.Refusals).Select(refusal => refusal.Code));
        await TellAsync(edge, "stop 0");
        await edge.WaitForExitAsync(Eventually.Soon());
    }

    static Process Watch(Mosquitto mosquitto) =>
        Mosquitto.StartSubscriber(mosquitto.Port, ["-t", State, "-q", "1", "-C", "9"]);

    static async Task<string?> KeptAsync(Mosquitto mosquitto)
    {
        using var after = Mosquitto.StartSubscriber(mosquitto.Port, ["-t", State, "-q", "1", "-C", "1"]);
        return await LineAsync(after);
    }

    static Process Start(int port) => Process.Start(new ProcessStartInfo("node",
        [Repository.PathOf("tests", "Ingest.Tests", "Mqtt", "Peers", "sparkplug_edge.js"), $"mqtt://127.0.0.1:{port}",
            "Plant 1/Edge-7", ListenerUnderTest.Secret])
        { RedirectStandardOutput = true, RedirectStandardInput = true })!;

    static async Task TellAsync(Process edge, params string[] lines)
    {
        foreach (var line in lines)
        {
            await edge.StandardInput.WriteLineAsync(line.AsMemory(), Eventually.Soon());
            Assert.Equal(line, await LineAsync(edge));
        }
    }

    static async Task<string?> LineAsync(Process process) => await process.StandardOutput.ReadLineAsync(Eventually.Soon());
}
