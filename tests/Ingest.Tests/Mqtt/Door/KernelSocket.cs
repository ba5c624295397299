using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EnergyWatch.Ingest.Tests.Mqtt.Door;

/// <summary>What Linux says of one end of a TCP connection between two IPv4 addresses (/proc/net/tcp, proc(5)).</summary>
sealed record KernelSocket(long Unsent, long Unread, bool ProbesPeer)
{
    // sl local_address rem_address st tx_queue:rx_queue tr:tm->when …; tr 02 is the timer of TCP keep-alive.
    public static KernelSocket? At(EndPoint? local, EndPoint? remote)
    {
        var (here, there) = (Hex((IPEndPoint)local!), Hex((IPEndPoint)remote!));
        foreach (var line in File.ReadLines("/proc/net/tcp"))
        {
            var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns[1] != here || columns[2] != there) continue;
            var queues = columns[4].Split(':');
            return new KernelSocket(Bytes(queues[0]), Bytes(queues[1]), columns[5].StartsWith("02:", StringComparison.Ordinal));
        }
        return null;
    }

    /// <summary>Bytes of those sent over this socket that left the kernel on the other side: the process holds them.</summary>
    public static long Taken(Socket client, long sent)
    {
        var (ours, theirs) = (At(client.LocalEndPoint, client.RemoteEndPoint), At(client.RemoteEndPoint, client.LocalEndPoint));
        return sent - (ours?.Unsent ?? 0) - (theirs?.Unread ?? 0);
    }

    /// <summary>
    /// Sends until neither we nor the kernel nor the listener take any more. That it takes no more is not that it had no
    /// turn: all the while a neighbour is answered again and again.
    /// </summary>
    /// <param name="sent">Bytes sent over the socket before.</param>
    /// <param name="isFull">Whether the listener says so itself.</param>
    /// <returns>Bytes that the listener took, and all that were sent.</returns>
    public static async Task<(long Taken, long Sent)> FillAsync(
        Socket client, ReadOnlyMemory<byte> flood, long sent, MqttPeer neighbour, Func<bool> isFull)
    {
        const int quietTurns = 50;
        client.Blocking = false;
        var (at, last) = (0, -1L);
        for (var quiet = 0; quiet < quietTurns && at < flood.Length;)
        {
            while (at < flood.Length && client.Poll(0, SelectMode.SelectWrite))
                at += client.Send(flood.Span.Slice(at, Math.Min(16_384, flood.Length - at)), SocketFlags.None, out _);
            await neighbour.PingAsync();
            Assert.Equal("PINGRESP", await neighbour.HearAsync());
            var taken = Taken(client, sent + at);
            quiet = taken == last && isFull() && !client.Poll(0, SelectMode.SelectWrite) ? quiet + 1 : 0;
            last = taken;
        }
        return (last, sent + at);
    }

    static string Hex(IPEndPoint end) => string.Create(
        CultureInfo.InvariantCulture, $"{BitConverter.ToUInt32(end.Address.GetAddressBytes()):X8}:{end.Port:X4}");

    static long Bytes(string hex) => long.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
