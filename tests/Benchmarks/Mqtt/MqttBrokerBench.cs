using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EnergyWatch.Support;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// <c>mqtt-broker [messages]</c>: our client behind mosquitto, beside the bare socket behind the same. mosquitto's one
/// thread bounds both; what counts is what each takes of the CPU. Its queue is without bound here: as it is shipped, it
/// drops what a subscriber does not take at once.
/// </summary>
static class MqttBrokerBench
{
    const int Window = 1_000;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var messages = arguments is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 200_000;
        Console.WriteLine($"mosquitto, one publisher and one subscriber, QoS 1, {Window} in flight, {messages} messages");
        double ceiling;
        await using (var broker = await BenchBroker.StartAsync())
        {
            var bare = new BareSubscriber();
            var running = bare.RunAsync(broker.Port);
            ceiling = await MeasureAsync("bare socket, nothing decoded", broker, messages, () => bare.Messages, null);
            bare.Dispose();
            await running;
        }
        await using (var broker = await BenchBroker.StartAsync())
        {
            await using var client = new BenchClient(broker.Port);
            await Until(() => client.Source.IsConnected);
            await MeasureAsync("client, topic looked up, decoded", broker, messages, () => client.Sink.Messages, ceiling);
        }
        return 0;
    }

    static async Task<double> MeasureAsync(
        string name, BenchBroker broker, int messages, Func<long> count, double? ceiling)
    {
        var warmUp = messages / 4;
        await PublishAsync(broker, warmUp, count);
        var (before, start, brokers) = (count(), Cost.Now, broker.Cpu);
        await PublishAsync(broker, messages, count);
        var cost = Cost.Now - start;
        var rate = cost.Print(name, messages, messages - (count() - before), ceiling);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  mosquitto itself {(broker.Cpu - brokers) / messages * 100_000:F2} s CPU/100k"));
        return rate;
    }

    // Until all have come, or none came for five seconds.
    static async Task PublishAsync(BenchBroker broker, int messages, Func<long> count)
    {
        var end = count() + messages;
        await using var blast = LoadProcess.Start("mqtt-blast", broker.Port, 1, Window, messages, MqttFeeder.Gateways);
        await blast.HearAsync();
        await blast.BeginAsync();
        await blast.HearAsync();
        await Until(() => count() >= end);
    }

    static async Task Until(Func<bool> holds)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        for (var began = Stopwatch.GetTimestamp(); !holds() && Stopwatch.GetElapsedTime(began).TotalSeconds < 5;)
            await tick.WaitForNextTickAsync();
    }

    sealed class BenchBroker : IAsyncDisposable
    {
        readonly TempFolder _folder = new();
        Process _process = null!;

        public int Port { get; private set; }

        public double Cpu
        {
            get
            {
                _process.Refresh();
                return _process.TotalProcessorTime.TotalSeconds;
            }
        }

        public static async Task<BenchBroker> StartAsync()
        {
            var broker = new BenchBroker();
            using (var free = new TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                broker.Port = ((IPEndPoint)free.LocalEndpoint).Port;
            }
            var file = broker._folder.File("mosquitto.conf");
            await File.WriteAllTextAsync(file,
                $"""
                listener {broker.Port} 127.0.0.1
                allow_anonymous true
                user root
                persistence false
                max_queued_messages 0
                max_inflight_messages 1000
                set_tcp_nodelay true
                log_type error
                """);
            broker._process = Process.Start(new ProcessStartInfo("/usr/sbin/mosquitto", ["-c", file]))!;
            await Until(() => IsListening(broker.Port));
            return broker;
        }

        public async ValueTask DisposeAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            _folder.Dispose();
        }

        static bool IsListening(int port)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }
}
