using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using EnergyWatch.Ingest.Modbus.Lines;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>What a server was asked.</summary>
sealed record SlaveRequest(int Connection, ushort Id, byte Unit, byte Function, ushort Address, ushort Count);

/// <summary>A server on a port of its own that answers as a test says, on both framings.</summary>
sealed class ScriptedServer : IAsyncDisposable
{
    readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    readonly CancellationTokenSource _stop = new();
    readonly Func<SlaveRequest, SlaveConnection, Task> _script;
    readonly Channel<SlaveRequest> _requests = Channel.CreateUnbounded<SlaveRequest>();
    readonly Task _accepting;
    int _connections;

    public ScriptedServer(ModbusFraming framing, Func<SlaveRequest, SlaveConnection, Task> script)
    {
        _script = script;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Endpoint = new ModbusEndpoint("127.0.0.1", ((IPEndPoint)_listener.LocalEndPoint!).Port, framing);
        _accepting = AcceptAsync();
    }

    public ModbusEndpoint Endpoint { get; }

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>The next request that arrived; the script runs after it was told here.</summary>
    public ValueTask<SlaveRequest> RequestAsync() => _requests.Reader.ReadAsync(_stop.Token);

    public static Task AnswerAsync(SlaveRequest request, SlaveConnection connection) =>
        connection.SendAsync(connection.Frame(request.Id, request.Unit, SlaveFrames.OwnAddresses(request.Function, request.Address, request.Count)));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true) serving.Add(ServeAsync(await _listener.AcceptAsync(_stop.Token), Interlocked.Increment(ref _connections)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    async Task ServeAsync(Socket socket, int number)
    {
        using (socket)
        {
            socket.NoDelay = true;
            var tcp = Endpoint.Framing == ModbusFraming.Tcp;
            var connection = new SlaveConnection(socket, tcp, _stop.Token);
            var frame = new byte[tcp ? 12 : 8];
            try
            {
                while (await connection.ReceiveAsync(frame))
                {
                    var pdu = frame.AsMemory(tcp ? 7 : 1).ToArray();
                    var request = new SlaveRequest(
                        number, tcp ? BinaryPrimitives.ReadUInt16BigEndian(frame) : (ushort)0, tcp ? frame[6] : frame[0], pdu[0],
                        BinaryPrimitives.ReadUInt16BigEndian(pdu.AsSpan(1)), BinaryPrimitives.ReadUInt16BigEndian(pdu.AsSpan(3)));
                    await _requests.Writer.WriteAsync(request);
                    await _script(request, connection);
                    if (connection.IsClosed) return;
                }
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException)
            {
                // The test ended, or the client left as the test wants.
            }
        }
    }
}

/// <summary>The server's end of one connection.</summary>
sealed class SlaveConnection(Socket socket, bool tcp, CancellationToken stop)
{
    public bool IsClosed { get; private set; }

    /// <summary>Whether the client has left this connection.</summary>
    public bool IsLeft => socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;

    public byte[] Frame(ushort id, byte unit, params byte[] pdu) => SlaveFrames.Of(tcp, id, unit, pdu);

    public async Task SendAsync(params byte[][] pieces)
    {
        foreach (var piece in pieces) await socket.SendAsync(piece, SocketFlags.None, stop);
    }

    /// <summary>Ends the connection: with a reset, or as one that has nothing more to say.</summary>
    public void Close(bool reset)
    {
        if (reset) socket.LingerState = new LingerOption(true, 0);
        socket.Close();
        IsClosed = true;
    }

    public async Task<bool> ReceiveAsync(byte[] frame)
    {
        for (var filled = 0; filled < frame.Length;)
        {
            var count = await socket.ReceiveAsync(frame.AsMemory(filled), SocketFlags.None, stop);
            if (count == 0) return false;
            filled += count;
        }
        return true;
    }
}
