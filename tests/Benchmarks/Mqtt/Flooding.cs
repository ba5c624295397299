using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// A hundred gateways that publish readings at their pace, and one more that does nothing but subscribe and take it back,
/// as fast as it is answered.
/// </summary>
static class Flooding
{
    const int Gateways = 100;
    const int Pairs = 50;

    public static string[] Kinds => ["calm", "own", "wide", "retained"];

    public static async Task RunAsync(int port, string kind, int seconds)
    {
        var gateways = await Task.WhenAll(Enumerable.Range(1, Gateways).Select(i => ExchangeClient.ConnectAsync(port, i)));
        using var flooder = await ExchangeClient.ConnectAsync(port, 0);
        if (kind == "retained") await RetainAsync(flooder);
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(seconds + 2), TimeProvider.System);
        var flooding = kind == "calm" ? Task.FromResult(0L) : Task.Run(() => FloodAsync(flooder, kind, end.Token));
        var began = Stopwatch.GetTimestamp();
        var all = await Task.WhenAll(gateways.Select((one, i) => Task.Run(() => PublishAsync(one, i + 1, began, end.Token))));
        var times = all.SelectMany(one => one).Order().ToArray();
        var pairs = await flooding;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{kind,-9}{times.Length / (double)seconds,7:N0} readings/s  p50 {times[times.Length / 2]:F3}"
            + $"  p99 {times[times.Length * 99 / 100]:F3}  p99.9 {times[times.Length * 999L / 1000]:F3} ms")
            + string.Create(CultureInfo.InvariantCulture, $"  {pairs / (double)(seconds + 2),9:N0} subscribed and taken back/s"));
        foreach (var gateway in gateways) gateway.Dispose();
    }

    // The first two seconds warm up.
    static async Task<List<double>> PublishAsync(ExchangeClient gateway, int number, long began, CancellationToken stop)
    {
        var packet = new ArrayBufferWriter<byte>();
        new PublishPacket(
            Encoding.UTF8.GetBytes($"energywatch/v1/{ExchangeClient.NameOf(number)}/readings"),
            Encoding.UTF8.GetBytes("""{"meter":"M-0001","ts":1773730320000,"values":{"energy_import":1.5,"power":2}}"""), 1, 1)
            .Write(packet, MqttVersion.V311);
        var times = new List<double>();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        while (!stop.IsCancellationRequested)
        {
            var sent = Stopwatch.GetTimestamp();
            await gateway.SendAsync(packet.WrittenMemory);
            await gateway.ReceiveAsync(4);
            if (Stopwatch.GetElapsedTime(began).TotalSeconds > 2) times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
        return times;
    }

    static async Task RetainAsync(ExchangeClient flooder)
    {
        for (var i = 0; i < 200; i++)
            await flooder.AskAsync(output => new PublishPacket(
                Encoding.UTF8.GetBytes($"site/flood/{i}"), new byte[100], 1, 1, Retain: true)
                .Write(output, MqttVersion.V311), 4);
    }

    static async Task<long> FloodAsync(ExchangeClient flooder, string kind, CancellationToken stop)
    {
        // What stands under its own topics, or under all gateways', or what sends it 200 retained messages each time.
        var (filter, pairs) = kind switch
        {
            "own" => ("energywatch/v1/GW-00000/commands/#", Pairs),
            "wide" => ("energywatch/v1/+/x", Pairs),
            _ => ("site/flood/+", 1),
        };
        var packets = new ArrayBufferWriter<byte>();
        for (var i = 0; i < pairs; i++)
        {
            new SubscribePacket(1, [new Subscription(filter, 0, 0)], MqttProperties.None).Write(packets, MqttVersion.V311);
            new UnsubscribePacket(2, [filter], MqttProperties.None).Write(packets, MqttVersion.V311);
        }
        var retained = kind == "retained" ? Enumerable.Range(0, 200).Sum(i => 2 + 2 + $"site/flood/{i}".Length + 100) : 0;
        long count = 0;
        while (!stop.IsCancellationRequested)
        {
            await flooder.SendAsync(packets.WrittenMemory);
            await flooder.ReceiveAsync(pairs * (5 + 4) + retained);
            count += pairs;
        }
        return count;
    }
}
