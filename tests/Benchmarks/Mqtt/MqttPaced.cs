using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// <c>mqtt-paced port gateways rate</c>: gateways that each send so many messages a second, whatever comes back. At a
/// line with seconds it sends for so long, waits for the answers, and says: sent, acknowledged, and p50, p99, longest
/// time from sending to the acknowledgement in milliseconds.
/// </summary>
static class MqttPaced
{
    const int Slots = 1 << 12;
    static readonly TimeSpan LastAnswer = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var numbers = arguments.Select(argument => int.Parse(argument, CultureInfo.InvariantCulture)).ToArray();
        var (port, count, rate) = (numbers[0], numbers[1], numbers[2]);
        var gateways = new List<Gateway>();
        foreach (var some in Enumerable.Range(0, count).Chunk(50))
            gateways.AddRange(await Task.WhenAll(some.Select(async i => new Gateway(
                await LoadGateways.ConnectAsync(port, i, i), LoadGateways.Publish(i, 1)))));
        foreach (var gateway in gateways) _ = gateway.ListenAsync();
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
            Console.WriteLine(await SendAsync(gateways, rate, double.Parse(line, CultureInfo.InvariantCulture)));
        return 0;
    }

    static async Task<string> SendAsync(List<Gateway> gateways, int rate, double seconds)
    {
        foreach (var gateway in gateways) gateway.Waits.Clear();
        var total = (long)(gateways.Count * rate * seconds);
        var before = gateways.Sum(gateway => gateway.Acknowledged);
        var began = Stopwatch.GetTimestamp();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        for (var sent = 0L; sent < total; await tick.WaitForNextTickAsync())
        {
            var due = Math.Min(total, (long)(Stopwatch.GetElapsedTime(began).TotalSeconds * gateways.Count * rate));
            for (; sent < due; sent++) gateways[(int)(sent % gateways.Count)].Send();
        }
        for (var waiting = Stopwatch.GetTimestamp(); gateways.Sum(gateway => gateway.Acknowledged) - before < total
            && Stopwatch.GetElapsedTime(waiting) < LastAnswer;)
            await tick.WaitForNextTickAsync();
        var waits = gateways.SelectMany(gateway => gateway.Waits).Order().ToArray();
        return string.Create(CultureInfo.InvariantCulture,
            $"{total} {gateways.Sum(gateway => gateway.Acknowledged) - before} ")
            + string.Create(CultureInfo.InvariantCulture, $"{At(waits, 0.5):F2} {At(waits, 0.99):F2} {At(waits, 1):F2}");
    }

    static double At(double[] sorted, double part) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * part))];

    sealed class Gateway
    {
        readonly Socket _socket;
        readonly byte[] _packet;
        readonly int _timeAt;
        readonly int _idAt;
        readonly long[] _sentAt = new long[Slots];
        long _time = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - 3_600_000;
        int _last;

        public Gateway(Socket socket, byte[] packet)
        {
            (_socket, _packet, _timeAt) = (socket, packet, LoadGateways.TimeIn(packet));
            // Header of three bytes, topic, identifier.
            _idAt = 3 + 2 + packet[4];
        }

        public List<double> Waits { get; } = [];

        public long Acknowledged { get; private set; }

        public void Send()
        {
            _last = _last % (Slots - 1) + 1;
            (_packet[_idAt], _packet[_idAt + 1]) = ((byte)(_last >> 8), (byte)_last);
            LoadGateways.SetTime(_packet, _timeAt, _time++);
            _sentAt[_last] = Stopwatch.GetTimestamp();
            _socket.Send(_packet);
        }

        public async Task ListenAsync()
        {
            var answers = new byte[256];
            var filled = 0;
            while (await _socket.ReceiveAsync(answers.AsMemory(filled)) is > 0 and var read)
            {
                filled += read;
                var whole = filled - filled % 4;
                for (var at = 0; at < whole; at += 4)
                {
                    Waits.Add(Stopwatch.GetElapsedTime(_sentAt[answers[at + 2] << 8 | answers[at + 3]]).TotalMilliseconds);
                    Acknowledged++;
                }
                answers.AsSpan(whole, filled - whole).CopyTo(answers);
                filled -= whole;
            }
        }
    }
}
