using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace EnergyWatch.Simulator.Modbus;

/// <summary>How a gateway's frames travel: Modbus TCP, or RTU as a serial server passes it through.</summary>
enum GatewayFraming { Tcp, RtuOverTcp }

/// <summary>A Modbus gateway or serial server: listens from the moment it is made, answers every connection in order.</summary>
sealed class ModbusGateway : IDisposable
{
    // MBAP header: transaction (2) · protocol 0 (2) · length (2), then unit and PDU (MODBUS Messaging on TCP/IP V1.0b §3.1).
    const int Header = 6;
    const int MaxFrame = Header + 254;

    readonly TcpListener _listener;
    readonly ModbusAnswers _answers;
    readonly GatewayFraming _framing;

    public ModbusGateway(IPEndPoint endpoint, ModbusAnswers answers, GatewayFraming framing = GatewayFraming.Tcp)
    {
        (_answers, _framing) = (answers, framing);
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
        var (request, answer) = (new byte[MaxFrame], new byte[MaxFrame]);
        try
        {
            while (_framing == GatewayFraming.Tcp
                ? await AnswerTcpAsync(stream, request, answer, stop) : await AnswerRtuAsync(stream, request, answer, stop)) { }
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException)
        {
            return;
        }
    }

    async Task<bool> AnswerTcpAsync(NetworkStream stream, byte[] request, byte[] answer, CancellationToken stop)
    {
        await stream.ReadExactlyAsync(request.AsMemory(0, Header), stop);
        var length = BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(4));
        if (BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(2)) != 0 || length is < 2 or > 254) return false;
        await stream.ReadExactlyAsync(request.AsMemory(Header, length), stop);
        var answered = _answers.Answer(request.AsSpan(Header, length), answer.AsSpan(Header));
        request.AsSpan(0, 4).CopyTo(answer);
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(4), (ushort)answered);
        await stream.WriteAsync(answer.AsMemory(0, Header + answered), stop);
        return true;
    }

    // Unit · PDU · CRC, low byte first (MODBUS over Serial Line V1.02 §2.5.1). What does not sum up gets no answer, nor does a unit that
    // is not there: a bus has nobody who could say so.
    async Task<bool> AnswerRtuAsync(NetworkStream stream, byte[] request, byte[] answer, CancellationToken stop)
    {
        await stream.ReadExactlyAsync(request.AsMemory(0, RtuRequest.Head), stop);
        if (RtuRequest.LengthOf(request) is not { } length) return false;
        await stream.ReadExactlyAsync(request.AsMemory(RtuRequest.Head, length - RtuRequest.Head), stop);
        var body = length - RtuRequest.Crc;
        if (BinaryPrimitives.ReadUInt16LittleEndian(request.AsSpan(body)) != Crc16.Of(request.AsSpan(0, body))) return true;
        var answered = _answers.Answer(request.AsSpan(0, body), answer);
        if (ModbusAnswers.IsOfGateway(answer.AsSpan(0, answered))) return true;
        BinaryPrimitives.WriteUInt16LittleEndian(answer.AsSpan(answered), Crc16.Of(answer.AsSpan(0, answered)));
        await stream.WriteAsync(answer.AsMemory(0, answered + RtuRequest.Crc), stop);
        return true;
    }
}
