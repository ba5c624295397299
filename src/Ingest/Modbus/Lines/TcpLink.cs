using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>A TCP connection to a meter, a gateway or a serial server.</summary>
sealed class TcpLink(ModbusEndpoint endpoint) : ILink
{
    Socket? _socket;

    public bool IsOpen => _socket is not null;

    public bool HasUnread => _socket is { Available: > 0 };

    public bool IsGone => _socket is { } socket && socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;

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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        try
        {
            while (bytes.Length > 0) bytes = bytes[await _socket!.SendAsync(bytes, SocketFlags.None, stop)..];
        }
        catch (SocketException fault)
        {
            throw new IOException(fault.Message, fault);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveAsync(Memory<byte> room, CancellationToken stop)
    {
        try
        {
            return await _socket!.ReceiveAsync(room, SocketFlags.None, stop);
        }
        catch (SocketException fault)
        {
            throw new IOException(fault.Message, fault);
        }
    }

    public void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }

    public void Dispose() => Close();
}
