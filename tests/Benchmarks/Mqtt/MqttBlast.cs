using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// <c>mqtt-blast port connections window messages gateways</c>: gateways that publish as fast as they are acknowledged.
/// Says "ready", waits for a line, publishes, says the seconds it took.
/// </summary>
static class MqttBlast
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var numbers = arguments.Select(argument => int.Parse(argument, CultureInfo.InvariantCulture)).ToArray();
        var (port, connections, window, messages, gateways) =
            (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
        var publishers = await Task.WhenAll(Enumerable.Range(0, connections).Select(async i => new Publisher(
            await LoadGateways.ConnectAsync(port, i % gateways, i), window,
            slot => (i + slot * connections) % gateways)));
        Console.WriteLine("ready");
        while (Console.ReadLine() is not null)
        {
            var began = Stopwatch.GetTimestamp();
            await Task.WhenAll(publishers.Select(one => Task.Run(() => one.PublishAsync(messages / connections))));
            Console.WriteLine(Stopwatch.GetElapsedTime(began).TotalSeconds.ToString(CultureInfo.InvariantCulture));
        }
        return 0;
    }

    sealed class Publisher
    {
        readonly Socket _socket;
        readonly int _window;
        readonly byte[] _packets;
        readonly int _length;
        readonly int _timeAt;
        readonly byte[] _answers;
        long _time = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - 20 * 3_600_000;

        public Publisher(Socket socket, int window, Func<int, int> gatewayOf)
        {
            (_socket, _window, _answers) = (socket, window, new byte[window * 4]);
            var packets = Enumerable.Range(0, window)
                .Select(slot => LoadGateways.Publish(gatewayOf(slot), (ushort)(slot + 1))).ToArray();
            (_length, _timeAt) = (packets[0].Length, LoadGateways.TimeIn(packets[0]));
            _packets = [.. packets.SelectMany(packet => packet)];
        }

        public async Task PublishAsync(int messages)
        {
            int sent = 0, bytesAcknowledged = 0;
            while (bytesAcknowledged / 4 < messages)
            {
                // In order of receipt: the identifiers that are free again follow each other around the window.
                var free = Math.Min(_window - (sent - bytesAcknowledged / 4), messages - sent);
                while (free > 0)
                {
                    var first = sent % _window;
                    var count = Math.Min(free, _window - first);
                    for (var i = first; i < first + count; i++)
                        LoadGateways.SetTime(_packets.AsSpan(i * _length), _timeAt, _time++);
                    await _socket.SendAsync(_packets.AsMemory(first * _length, count * _length));
                    (sent, free) = (sent + count, free - count);
                }
                var read = await _socket.ReceiveAsync(_answers);
                if (read == 0) throw new InvalidOperationException("The listener closed.");
                bytesAcknowledged += read;
            }
        }
    }
}
