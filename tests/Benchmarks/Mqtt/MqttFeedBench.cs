using System.Globalization;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// <c>mqtt-feed [messages]</c>: our client fed without a broker, 1,000 in flight, beside the bare socket that is fed the
/// same.
/// </summary>
static class MqttFeedBench
{
    const int Window = 1_000;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var messages = arguments is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 3_000_000;
        Console.WriteLine($"one connection, QoS 1, {Window} in flight, 10 values a message, {messages} messages");
        double ceiling;
        await using (var feeder = LoadProcess.Start("mqtt-feeder", Window, messages))
        {
            var port = (int)(await feeder.NumbersAsync())[0];
            var bare = new BareSubscriber();
            var running = bare.RunAsync(port);
            ceiling = await MeasureAsync("bare socket, nothing decoded", feeder, messages, () => bare.Messages, null);
            bare.Dispose();
            await running;
        }
        await using (var feeder = LoadProcess.Start("mqtt-feeder", Window, messages))
        {
            await using var client = new BenchClient((int)(await feeder.NumbersAsync())[0]);
            await MeasureAsync("client, topic looked up, decoded", feeder, messages, () => client.Sink.Messages, ceiling);
        }
        return 0;
    }

    static async Task<double> MeasureAsync(
        string name, LoadProcess feeder, int messages, Func<long> count, double? ceiling)
    {
        await feeder.HearAsync();
        await feeder.BeginAsync();
        await feeder.HearAsync();
        var (before, start) = (count(), Cost.Now);
        await feeder.BeginAsync();
        var seconds = (await feeder.NumbersAsync())[0];
        var cost = (Cost.Now - start) with { Seconds = seconds };
        return cost.Print(name, messages, messages - (count() - before), ceiling);
    }
}
