using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// The load: gateways that publish as fast as they are acknowledged, from packets made beforehand, in a process of its
/// own so that its cost is not counted as the listener's. Prints "ready", waits for a line, publishes, prints the
/// seconds it took.
/// </summary>
static class MqttBlast
{
    public const string Secret = "blast";

    public const string Payload = """
        {"meter":"M-0001","ts":1773730320000,"values":{"energy_import":123456.78,"power":8.123,
        "voltage_l1":231.42,"voltage_l2":230.97,"voltage_l3":232.1,
        "current_l1":12.345,"current_l2":11.982,"current_l3":12.077,"power_factor":0.987,"frequency":50.01}}
        """;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var numbers = arguments.Select(argument => int.Parse(argument, CultureInfo.InvariantCulture)).ToArray();
        var (port, connections, window, messages) = (numbers[0], numbers[1], numbers[2], numbers[3]);
        var sockets = await Task.WhenAll(Enumerable.Range(0, connections).Select(i => ConnectAsync(port, i)));
        Console.WriteLine("ready");
        Console.ReadLine();
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            sockets.Select(socket => Task.Run(() => PublishAsync(socket, window, messages / connections))));
        Console.WriteLine(Stopwatch.GetElapsedTime(began).TotalSeconds.ToString(CultureInfo.InvariantCulture));
        foreach (var socket in sockets) socket.Dispose();
        return 0;
    }

    static async Task<Socket> ConnectAsync(int port, int number)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var output = new ArrayBufferWriter<byte>();
        var secret = Encoding.UTF8.GetBytes(Secret);
        new ConnectPacket { ClientId = $"blast-{number}", Username = "GW-01", Password = secret }.Write(output);
        await socket.SendAsync(output.WrittenMemory);
        var answer = new byte[4];
        await socket.ReceiveAsync(answer);
        return answer[3] == 0 ? socket : throw new InvalidOperationException($"CONNACK {answer[3]}");
    }

    static async Task PublishAsync(Socket socket, int window, int messages)
    {
        var packets = new ArrayBufferWriter<byte>();
        for (var id = 1; id <= window; id++)
            new PublishPacket(
                "energywatch/v1/GW-01/readings"u8.ToArray(), Encoding.UTF8.GetBytes(Payload), 1,
                (ushort)id).Write(packets, MqttVersion.V311);
        var length = packets.WrittenCount / window;
        var answers = new byte[window * 4];
        int sent = 0, bytesAcknowledged = 0;
        while (bytesAcknowledged / 4 < messages)
        {
            // In order of receipt: the identifiers that are free again follow each other around the window.
            var free = Math.Min(window - (sent - bytesAcknowledged / 4), messages - sent);
            while (free > 0)
            {
                var first = sent % window;
                var count = Math.Min(free, window - first);
                await socket.SendAsync(packets.WrittenMemory.Slice(first * length, count * length));
                (sent, free) = (sent + count, free - count);
            }
            bytesAcknowledged += await socket.ReceiveAsync(answers);
        }
    }
}
