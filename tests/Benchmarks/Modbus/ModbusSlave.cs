using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace EnergyWatch.Benchmarks.Modbus;

/// <summary>A slave in a process of its own that answers every read at once, register by register with its own address.</summary>
static class ModbusSlave
{
    public static async Task RunAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(4096);
        Console.WriteLine(((IPEndPoint)listener.LocalEndPoint!).Port);
        while (true) _ = ServeAsync(await listener.AcceptAsync());
    }

    static async Task ServeAsync(Socket socket)
    {
        socket.NoDelay = true;
        var (request, answer) = (new byte[12], new byte[260]);
        using (socket)
        {
            try
            {
                while (true)
                {
                    for (var filled = 0; filled < request.Length;)
                    {
                        var count = await socket.ReceiveAsync(request.AsMemory(filled), SocketFlags.None);
                        if (count == 0) return;
                        filled += count;
                    }
                    await socket.SendAsync(answer.AsMemory(0, Answer(request, answer)), SocketFlags.None);
                }
            }
            catch (SocketException)
            {
                // The client has measured enough and left.
            }
        }
    }

    static int Answer(ReadOnlySpan<byte> request, Span<byte> answer)
    {
        var address = BinaryPrimitives.ReadUInt16BigEndian(request[8..]);
        var count = BinaryPrimitives.ReadUInt16BigEndian(request[10..]);
        request[..4].CopyTo(answer);
        BinaryPrimitives.WriteUInt16BigEndian(answer[4..], (ushort)(3 + 2 * count));
        (answer[6], answer[7], answer[8]) = (request[6], request[7], (byte)(2 * count));
        for (var i = 0; i < count; i++) BinaryPrimitives.WriteUInt16BigEndian(answer[(9 + 2 * i)..], (ushort)(address + i));
        return 9 + 2 * count;
    }
}
