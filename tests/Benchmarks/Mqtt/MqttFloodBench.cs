using System.Globalization;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// <c>mqtt-flood [seconds]</c>: 100 gateways with 10 messages a second each; alone, while somebody floods another program
/// on the same cores, and beside one gateway that floods ours: a thousand messages at a time, as fast as it is let.
/// </summary>
static class MqttFloodBench
{
    const int Gateways = 100;
    const int Rate = 10;
    const int Window = 1_000;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var seconds = arguments is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 10;
        Console.WriteLine($"{Gateways} gateways, {Rate} messages a second each for {seconds} s; counting sink");
        var (listener, sink) = await BenchListener.CountingAsync(Gateways + 1);
        await using var _ = listener;
        await using var load = LoadProcess.Start("mqtt-paced", listener.Port, Gateways, Rate);
        await load.HearAsync();
        await PacedRun.MeasureAsync(load, 2);
        var alone = await PacedRun.MeasureAsync(load, seconds);
        Console.WriteLine($"  alone             {alone}");
        PacedRun beside;
        await using (var other = LoadProcess.Start("mqtt-bare"))
        {
            // What the same flood into a process that is not ours does to anybody on these cores.
            await using var elsewhere = LoadProcess.Start("mqtt-flooder", (await other.NumbersAsync())[0], Gateways, Window);
            await elsewhere.HearAsync();
            await elsewhere.BeginAsync();
            beside = await PacedRun.MeasureAsync(load, seconds);
        }
        Console.WriteLine($"  flood elsewhere   {beside}");
        await using var flood = LoadProcess.Start("mqtt-flooder", listener.Port, Gateways, Window);
        await flood.HearAsync();
        await flood.BeginAsync();
        var before = sink.Messages;
        var start = Cost.Now;
        var flooded = await PacedRun.MeasureAsync(load, seconds);
        var cost = Cost.Now - start;
        Console.WriteLine($"  beside a flood    {flooded}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  the flood: {cost.Rate((int)(sink.Messages - before - flooded.Acknowledged)):N0} messages/s, {cost.Cpu / cost.Seconds:F2} cores; ")
            + string.Create(CultureInfo.InvariantCulture,
                $"p99 beside it {flooded.P99 / alone.P99:F2} times that alone, {flooded.P99 / beside.P99:F2} times that with the flood elsewhere"));
        return 0;
    }
}
