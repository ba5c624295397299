using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// <c>mqtt-feeder window messages</c>: stands in for a broker without its cost. Says its port; to each client that
/// connects it grants everything, and at a line from us pours messages of 1,000 gateways in turn, so many in flight.
/// Says the seconds up to the last acknowledgement.
/// </summary>
static class MqttFeeder
{
    public const int Gateways = 1_000;
    const int MostInOneWrite = 400;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var window = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var messages = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        using var door = new TcpListener(IPAddress.Loopback, 0);
        door.Start();
        Console.WriteLine(((IPEndPoint)door.LocalEndpoint).Port);
        using var socket = await door.AcceptSocketAsync();
        socket.NoDelay = true;
        await GreetAsync(socket);
        Console.WriteLine("ready");
        var feed = new Feed(socket, window);
        while (Console.ReadLine() is not null)
        {
            var began = Stopwatch.GetTimestamp();
            await feed.PourAsync(messages);
            Console.WriteLine(Stopwatch.GetElapsedTime(began).TotalSeconds.ToString(CultureInfo.InvariantCulture));
        }
        return 0;
    }

    // CONNECT and SUBSCRIBE, of one filter.
    static async Task GreetAsync(Socket socket)
    {
        var buffer = new byte[4096];
        var read = 0;
        for (var answered = 0; answered < 2;)
        {
            read += await socket.ReceiveAsync(buffer.AsMemory(read));
            var left = new System.Buffers.ReadOnlySequence<byte>(buffer.AsMemory(0, read));
            for (var i = 0; MqttFraming.TryRead(ref left, buffer.Length, MqttVersion.V311, out var frame); i++)
            {
                if (i < answered) continue;
                answered++;
                await socket.SendAsync(frame.Type == PacketType.Connect
                    ? new byte[] { 0x20, 2, 0, 0 } : [0x90, 3, frame.Body.FirstSpan[0], frame.Body.FirstSpan[1], 1]);
            }
        }
    }

    sealed class Feed
    {
        readonly Socket _socket;
        readonly int _window;
        readonly byte[] _packets;
        readonly int _length;
        readonly byte[] _answers = new byte[64 * 1024];
        int _next;

        public Feed(Socket socket, int window)
        {
            (_socket, _window) = (socket, window);
            var packets = Enumerable.Range(0, window)
                .Select(slot => LoadGateways.Publish(slot % Gateways, (ushort)(slot + 1))).ToArray();
            _length = packets[0].Length;
            _packets = [.. packets.SelectMany(packet => packet)];
        }

        public async Task PourAsync(int messages)
        {
            int sent = 0, bytesAcknowledged = 0;
            while (bytesAcknowledged / 4 < messages)
            {
                var free = Math.Min(_window - (sent - bytesAcknowledged / 4), messages - sent);
                while (free > 0)
                {
                    var count = Math.Min(Math.Min(free, MostInOneWrite), _window - _next);
                    await _socket.SendAsync(_packets.AsMemory(_next * _length, count * _length));
                    (sent, free, _next) = (sent + count, free - count, (_next + count) % _window);
                }
                var read = await _socket.ReceiveAsync(_answers);
                if (read == 0) throw new InvalidOperationException("The client closed.");
                bytesAcknowledged += read;
            }
        }
    }
}
