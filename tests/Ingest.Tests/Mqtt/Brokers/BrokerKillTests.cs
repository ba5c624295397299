using System.Globalization;
using EnergyWatch.Ingest.Mqtt.Brokers;
using Xunit.Abstractions;

namespace EnergyWatch.Ingest.Tests.Mqtt.Brokers;

/// <summary>
/// The broker dies, again and again, while messages are under way to us. What it had on disk arrives, and nothing that
/// was never sent.
/// </summary>
[Trait("needs", "peer")]
public sealed class BrokerKillTests(ITestOutputHelper output)
{
    const int MessagesARound = 200;

    // With its default of 1000 it drops messages, and says so: those are not what is looked for here.
    const string Roomy = "max_queued_messages 100000";

    /// <summary>ENERGYWATCH_KILLS asks for more than the ten of every run.</summary>
    static int Kills => int.Parse(Environment.GetEnvironmentVariable("ENERGYWATCH_KILLS") ?? "10", CultureInfo.InvariantCulture);

    [Theory, InlineData(false), InlineData(true)]
    public async Task Nothing_that_the_broker_has_on_disk_is_lost_when_it_is_killed(bool five)
    {
        using var mosquitto = new Mosquitto();
        await mosquitto.StartAsync(false, Roomy);
        var options = new BrokerOptions
        {
            Name = "site", Host = "127.0.0.1", Port = mosquitto.Port, ClientId = "energywatch-test", Mqtt5 = five,
            FirstRetry = TimeSpan.FromMilliseconds(20), LongestRetry = TimeSpan.FromMilliseconds(100), ReceiveMaximum = 50,
        };
        await using var source = new SourceUnderTest(options, TimeProvider.System).Start();
        var random = new Random(20261120);
        var sent = new HashSet<int>();
        for (var round = 0; round < Kills; round++)
        {
            await source.IsConnectedAsync();
            source.Sink.CloseDoor();
            var numbers = Enumerable.Range(round * MessagesARound + 1, MessagesARound).ToList();
            await PublishAsync(mosquitto, numbers);
            sent.UnionWith(numbers);
            // It acknowledges before it writes: what it loses of that is its own.
            var acknowledged = TimeProvider.System.GetUtcNow().UtcDateTime;
            await mosquitto.PublishAsync("{}", "-t", "nobody", "-r");
            await Eventually.HoldsAsync(() => mosquitto.SavedAt >= acknowledged, "the broker has written");
            var before = source.Sink.Readings.Count;
            var killAfter = random.Next(0, MessagesARound);
            source.Sink.OpenDoor();
            await Eventually.HoldsAsync(() => source.Sink.Readings.Count >= before + killAfter, "so many came");
            await mosquitto.KillAsync();
            await mosquitto.StartAsync(false, Roomy);
        }
        await Eventually.HoldsAsync(() => sent.IsSubsetOf(Stored(source)), "all that was sent is stored");
        var stored = Stored(source);
        var times = source.Sink.Readings.Count;
        output.WriteLine($"{Kills} kills, version {(five ? 5 : 4)}: sent {sent.Count}, stored {stored.Count}, of them again {times - stored.Count}");
        Assert.Empty(stored.Except(sent));
        Assert.DoesNotContain(source.Troubles, trouble => trouble.Contains("lost", StringComparison.Ordinal));
    }

    static HashSet<int> Stored(SourceUnderTest source) => [.. source.Sink.Readings.Select(reading => (int)reading.Value)];

    static async Task PublishAsync(Mosquitto mosquitto, IEnumerable<int> numbers)
    {
        using var publisher = Mosquitto.StartPublisher(mosquitto.Port, "-l");
        foreach (var number in numbers) await publisher.StandardInput.WriteLineAsync(MqttPeer.Reading(number));
        publisher.StandardInput.Close();
        await publisher.WaitForExitAsync(Eventually.Soon());
        Assert.Equal(0, publisher.ExitCode);
    }
}
