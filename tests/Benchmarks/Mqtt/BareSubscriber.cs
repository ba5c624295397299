using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// The ceiling of a client: a socket, reads of 256 KiB, nothing decoded, all acknowledgements of one read in one write.
/// </summary>
sealed class BareSubscriber : IDisposable
{
    readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    readonly byte[] _buffer = new byte[256 * 1024];
    readonly byte[] _answers = new byte[256 * 1024];
    long _messages;

    public long Messages => Interlocked.Read(ref _messages);

    /// <summary>Until the other side closes or this is disposed of.</summary>
    public async Task RunAsync(int port)
    {
        try
        {
            await ReceiveAsync(port);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The load is done.
        }
    }

    async Task ReceiveAsync(int port)
    {
        await _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        // CONNECT, clean session, client id "b"; SUBSCRIBE to # at QoS 1.
        await _socket.SendAsync((byte[])
        [
            0x10, 13, .. "\0\u0004MQTT\u0004\u0002\0\0\0\u0001b"u8,
            0x82, 6, .. "\0\u0001\0\u0001#\u0001"u8,
        ]);
        var filled = 0;
        while (await _socket.ReceiveAsync(_buffer.AsMemory(filled)) is > 0 and var read)
        {
            var (used, answers) = Answer(_buffer.AsSpan(0, filled + read));
            if (answers > 0) await _socket.SendAsync(_answers.AsMemory(0, answers));
            filled = filled + read - used;
            _buffer.AsSpan(used, filled).CopyTo(_buffer);
        }
    }

    public void Dispose() => _socket.Dispose();

    (int Used, int Answers) Answer(ReadOnlySpan<byte> bytes)
    {
        int at = 0, answers = 0, messages = 0;
        while (bytes.Length - at >= 4)
        {
            int length = bytes[at + 1], header = 2;
            if (length >= 0x80) (length, header) = (length - 0x80 + bytes[at + 2] * 0x80, 3);
            if (bytes.Length - at < header + length) break;
            if (bytes[at] >> 4 == 3)
            {
                messages++;
                var body = bytes.Slice(at + header, length);
                BinaryPrimitives.WriteUInt16BigEndian(_answers.AsSpan(answers), 0x4002);
                body.Slice(2 + BinaryPrimitives.ReadUInt16BigEndian(body), 2).CopyTo(_answers.AsSpan(answers + 2));
                answers += 4;
            }
            at += header + length;
        }
        Interlocked.Add(ref _messages, messages);
        return (at, answers);
    }
}
