using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace EnergyWatch.Simulator.Modbus;

/// <summary>A Modbus TCP gateway: listens from the moment it is made, answers every connection in order.</summary>
sealed class ModbusGateway : IDisposable
{
    // MBAP header: transaction (2) · protocol 0 (2) · length (2), then unit and PDU (MODBUS Messaging on TCP/IP V1.0b §3.1).
    const int Header = 6;
    const int MaxFrame = Header + 254;

    readonly TcpListener _listener;
    readonly ModbusAnswers _answers;

    public ModbusGateway(IPEndPoint endpoint, ModbusAnswers answers)
    {
        _answers = answers;
        _listener = new TcpListener(endpoint);
        _listener.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async Task RunAsync(CancellationToken stop)
    {
        var open = new List<Task>();
        while (!stop.IsCancellationRequested)
        {
            Socket client;
            try { client = await _listener.AcceptSocketAsync(stop); }
            catch (OperationCanceledException) { break; }
            open.RemoveAll(task => task.IsCompleted);
            open.Add(ServeAsync(client, stop));
        }
        await Task.WhenAll(open);
    }

    public void Dispose() => _listener.Dispose();

    // A client that goes away or talks something else ends its own connection and nothing more.
    async Task ServeAsync(Socket client, CancellationToken stop)
    {
        using var _ = client;
        client.NoDelay = true;
        await using var stream = new NetworkStream(client);
        var request = new byte[MaxFrame];
        var answer = new byte[MaxFrame];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(request.AsMemory(0, Header), stop);
                var length = BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(4));
                if (BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(2)) != 0 || length is < 2 or > 254) return;
                await stream.ReadExactlyAsync(request.AsMemory(Header, length), stop);
                var answered = _answers.Answer(request.AsSpan(Header, length), answer.AsSpan(Header));
                request.AsSpan(0, 4).CopyTo(answer);
                BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(4), (ushort)answered);
                await stream.WriteAsync(answer.AsMemory(0, Header + answered), stop);
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException)
        {
            return;
        }
    }
}
