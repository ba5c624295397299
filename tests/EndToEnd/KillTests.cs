using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;
using Xunit.Abstractions;

namespace EnergyWatch.EndToEnd;

/// <summary>
/// The promise, as a gateway sees it: what was acknowledged is there after the power went, and nothing is there that was never sent.
/// Numbered messages, SIGKILL at random moments, and a checker that counts sent, acknowledged and stored.
/// </summary>
[Trait("needs", "peer")]
public sealed partial class KillTests(ITestOutputHelper output)
{
    public const int MessagesARound = 3000;
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    /// <summary>ENERGYWATCH_KILLS asks for more than the ten of every run.</summary>
    public static int Kills => int.Parse(Environment.GetEnvironmentVariable("ENERGYWATCH_KILLS") ?? "10", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_nothing_unsent_is_stored_when_the_process_is_killed_while_gateways_publish()
    {
        using var folder = new TempFolder();
        await using var service = await Service.StartAsync(folder);
        await service.CommandAsync("import", County.Write(folder.File("county"), Service.FreePort()));
        await service.KnowsGatewayAsync("GW-MQTT");
        var random = new Random(20261120);
        var first = Some.Calendar.HourOf(TimeProvider.System.Now() - TimeSpan.FromDays(30));
        var (sent, acknowledged) = (new HashSet<long>(), new HashSet<long>());

        for (var round = 0; round < Kills; round++)
        {
            var from = first + TimeSpan.FromSeconds(round * MessagesARound);
            await PublishUntilKilledAsync(service, from, random.Next(1, MessagesARound / 2), sent, acknowledged);
            await service.StartAsync();
        }

        var stored = await StoredAsync(service, first);
        output.WriteLine($"{Kills} kills: sent {sent.Count}, acknowledged {acknowledged.Count}, stored {stored.Count}");
        Assert.NotEmpty(acknowledged);
        Assert.Empty(acknowledged.Except(stored));
        Assert.Empty(stored.Except(sent));
    }

    /// <summary>Publishes numbered messages through mosquitto_pub and kills the service after so many acknowledgements.</summary>
    static async Task PublishUntilKilledAsync(Service service, Instant from, int killAfter, HashSet<long> sent, HashSet<long> acknowledged)
    {
        await using var gateway = OurProgram.Start("mosquitto_pub",
            ["-h", "127.0.0.1", "-p", $"{service.MqttPort}", "-u", "roof", "-P", "a-long-secret", "-q", "1", "-d", "-l", "-t", "energywatch/v1/GW-MQTT/readings"]);
        for (var n = 0; n < MessagesARound; n++)
        {
            var at = (from + TimeSpan.FromSeconds(n)).UnixMilliseconds;
            sent.Add(at);
            gateway.Type($$$"""{"meter":"M-WATER","ts":{{{at}}},"values":{"volume":{{{n}}}}}""");
        }
        await gateway.LineAsync($"received PUBACK (Mid: {killAfter},", Soon);
        await service.Process.KillAsync();
        // mosquitto_pub numbers its messages from 1, in the order of the lines.
        foreach (Match ack in PubAck().Matches(gateway.Printed))
            acknowledged.Add((from + TimeSpan.FromSeconds(int.Parse(ack.Groups[1].Value, CultureInfo.InvariantCulture) - 1)).UnixMilliseconds);
    }

    /// <summary>The moments of all that is stored, of as many rounds as there are kills.</summary>
    public static async Task<HashSet<long>> StoredAsync(Service service, Instant first)
    {
        var stored = new HashSet<long>();
        for (var round = 0; round < Kills; round++)
        {
            var from = first + TimeSpan.FromSeconds(round * MessagesARound);
            var to = from + TimeSpan.FromSeconds(MessagesARound);
            var answer = await service.GetUntilAsync(
                $"/api/v1/readings?meter=M-WATER&quantity=volume&from={from}&to={to}&maxPoints=3000", a => a.TryGetProperty("readings", out _), Soon);
            stored.UnionWith(answer.GetProperty("readings").EnumerateArray().Select(Millisecond));
        }
        return stored;
    }

    static long Millisecond(JsonElement reading) =>
        Instant.From(reading.GetProperty("t").GetDateTimeOffset()).UnixMilliseconds;

    [GeneratedRegex(@"received PUBACK \(Mid: (\d+), RC:0\)")]
    private static partial Regex PubAck();
}
