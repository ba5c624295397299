using System.Globalization;
using System.Text.RegularExpressions;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;
using Xunit.Abstractions;

namespace EnergyWatch.EndToEnd;

/// <summary>
/// The promise with others between: gateways publish to the site's own broker, or through a client that sends again what was not
/// acknowledged, and the service is killed in the middle of it.
/// </summary>
[Trait("needs", "peer")]
public sealed partial class KillBehindBrokerTests(ITestOutputHelper output)
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Nothing_that_the_broker_acknowledged_is_lost_when_the_process_behind_it_is_killed()
    {
        using var folder = new TempFolder();
        var port = Service.FreePort();
        // Without the limit it would drop what comes while the service starts, and say so.
        await File.WriteAllTextAsync(folder.File("mosquitto.conf"), $"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n");
        await using var broker = OurProgram.Start("/usr/sbin/mosquitto", ["-c", folder.File("mosquitto.conf")]);
        await using var service = await Service.StartAsync(folder, new Dictionary<string, string>
        {
            ["ENERGYWATCH__Brokers__0__Name"] = "site", ["ENERGYWATCH__Brokers__0__Host"] = "127.0.0.1",
            ["ENERGYWATCH__Brokers__0__Port"] = $"{port}", ["ENERGYWATCH__Brokers__0__ClientId"] = "energywatch-kill",
        });
        await service.CommandAsync("import", County.Write(folder.File("county"), Service.FreePort()));
        await service.KnowsGatewayAsync("GW-MQTT");
        await IsConnectedAsync(service);
        var random = new Random(20261120);
        var first = FirstMoment();
        var (sent, acknowledged) = (new HashSet<long>(), new HashSet<long>());
        for (var round = 0; round < KillTests.Kills; round++)
        {
            await using var gateway = OurProgram.Start(
                "mosquitto_pub", ["-h", "127.0.0.1", "-p", $"{port}", "-q", "1", "-d", "-l", "-t", "energywatch/v1/GW-MQTT/readings"]);
            var from = round * KillTests.MessagesARound;
            for (var n = 0; n < KillTests.MessagesARound; n++)
            {
                var at = Moment(first, from + n);
                sent.Add(at);
                gateway.Type($$$"""{"meter":"M-WATER","ts":{{{at}}},"values":{"volume":{{{n}}}}}""");
            }
            await gateway.LineAsync($"received PUBACK (Mid: {random.Next(1, KillTests.MessagesARound)},", Soon);
            await service.Process.KillAsync();
            // The broker goes on taking messages while nobody is behind it.
            gateway.EndTyping();
            Assert.Equal(0, await gateway.EndAsync(Soon));
            foreach (Match ack in PubAck().Matches(gateway.Printed)) acknowledged.Add(Moment(first, from + Number(ack) - 1));
            await service.StartAsync();
        }
        await CheckAsync(service, first, sent, acknowledged);
    }

    [Theory, InlineData(4), InlineData(5)]
    public async Task Nothing_acknowledged_is_lost_and_all_arrives_in_the_end_when_mqtt_js_publishes_and_the_process_is_killed(int level)
    {
        using var folder = new TempFolder();
        await using var service = await Service.StartAsync(folder);
        await service.CommandAsync("import", County.Write(folder.File("county"), Service.FreePort()));
        await service.KnowsGatewayAsync("GW-MQTT");
        var random = new Random(20261120);
        var first = FirstMoment();
        var (sent, acknowledged) = (new HashSet<long>(), new HashSet<long>());
        var interrupted = 0;
        for (var round = 0; round < KillTests.Kills; round++)
        {
            var from = round * KillTests.MessagesARound;
            for (var n = 0; n < KillTests.MessagesARound; n++) sent.Add(Moment(first, from + n));
            await using var gateway = OurProgram.Start("node",
            [
                Repository.PathOf("tests", "Ingest.Tests", "Mqtt", "Peers", "mqtt_numbers.js"), $"mqtt://127.0.0.1:{service.MqttPort}",
                $"{level}", $"{Moment(first, from)}", $"{KillTests.MessagesARound}",
            ]);
            await gateway.LineAsync($"acknowledged {random.Next(1, KillTests.MessagesARound / 2)}.", Soon);
            await service.Process.KillAsync();
            if (!gateway.Printed.Contains("all acknowledged", StringComparison.Ordinal)) interrupted++;
            await service.StartAsync();
            await gateway.LineAsync("all acknowledged", Soon);
            foreach (Match ack in Acknowledged().Matches(gateway.Printed)) acknowledged.Add(Moment(first, from + Number(ack) - 1));
        }
        // Now and then the last is acknowledged while the kill is on its way.
        Assert.InRange(interrupted, (KillTests.Kills + 1) / 2, KillTests.Kills);
        Assert.Equal(sent.Count, acknowledged.Count);
        await CheckAsync(service, first, sent, acknowledged);
    }

    async Task CheckAsync(Service service, Instant first, HashSet<long> sent, HashSet<long> acknowledged)
    {
        using var late = new CancellationTokenSource(Soon);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        var stored = await KillTests.StoredAsync(service, first);
        // What the broker still has is on its way.
        while (!acknowledged.IsSubsetOf(stored) && !late.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync();
            stored = await KillTests.StoredAsync(service, first);
        }
        output.WriteLine($"{KillTests.Kills} kills: sent {sent.Count}, acknowledged {acknowledged.Count}, stored {stored.Count}");
        Assert.NotEmpty(acknowledged);
        Assert.Empty(acknowledged.Except(stored));
        Assert.Empty(stored.Except(sent));
    }

    static async Task IsConnectedAsync(Service service)
    {
        using var late = new CancellationTokenSource(Soon);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (!(await service.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative), late.Token))
            .Contains("energywatch_mqtt_connections{way=\"broker:site\"} 1", StringComparison.Ordinal))
            await timer.WaitForNextTickAsync(late.Token);
    }

    static Instant FirstMoment() => Some.Calendar.HourOf(TimeProvider.System.Now() - TimeSpan.FromDays(30));

    static long Moment(Instant first, int number) => (first + TimeSpan.FromSeconds(number)).UnixMilliseconds;

    static int Number(Match ack) => int.Parse(ack.Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"received PUBACK \(Mid: (\d+), RC:0\)")]
    private static partial Regex PubAck();

    [GeneratedRegex(@"acknowledged (\d+)\.")]
    private static partial Regex Acknowledged();
}
