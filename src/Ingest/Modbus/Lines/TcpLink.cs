using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>A TCP connection to a meter, a gateway or a serial server.</summary>
sealed class TcpLink(ModbusEndpoint endpoint) : ILink
{
    Socket? _socket;

    public bool IsOpen => _socket is not null;

    public int Unread => _socket?.Available ?? 0;

    public bool IsGone => _socket is { } socket && socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;

    public bool ClosingHelps => true;

    /// <summary>
    /// Where an answer has no id, a second copy of it is only known by coming before the next question; a bus is silent between two frames
    /// anyway, and longer than this at 3600 Bd and less.
    /// </summary>
    public TimeSpan Silence => endpoint.Framing == ModbusFraming.RtuOverTcp ? TimeSpan.FromMilliseconds(10) : TimeSpan.Zero;

    public TimeSpan OnTheWire(int bytes) => TimeSpan.Zero;

    public async ValueTask OpenAsync(CancellationToken stop)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint.Host, endpoint.Port, stop);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            _socket = socket;
        }
        catch (SocketException fault)
        {
            socket.Dispose();
            throw new ModbusLinkException(LinkFault.Unreachable, $"{endpoint} cannot be reached: {fault.Message}", fault);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        var sending = _socket!.SendAsync(bytes, SocketFlags.None, stop);
        if (!sending.IsCompletedSuccessfully) return SendRestAsync(bytes, sending, stop);
        var sent = sending.GetAwaiter().GetResult();
        return sent == bytes.Length ? default : SendRestAsync(bytes, new(sent), stop);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    async ValueTask SendRestAsync(ReadOnlyMemory<byte> bytes, ValueTask<int> sending, CancellationToken stop)
    {
        for (bytes = bytes[await sending..]; bytes.Length > 0;) bytes = bytes[await _socket!.SendAsync(bytes, SocketFlags.None, stop)..];
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> room, CancellationToken stop) => _socket!.ReceiveAsync(room, SocketFlags.None, stop);

    public void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }
}
