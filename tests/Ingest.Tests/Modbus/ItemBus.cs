using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>
/// An RS-485 bus behind a transparent serial server: Modbus units whose registers hold their own address, DL/T 645-2007 meters and CJ/T 188
/// meters with the items a test gives them. Frames are taken apart and built by the standards' layouts, not by the codecs.
/// </summary>
sealed class ItemBus : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly Task _accepting;

    public ItemBus()
    {
        _listener.Start();
        Endpoint = new ModbusEndpoint("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port, ModbusFraming.RtuOverTcp);
        _accepting = AcceptAsync();
    }

    public ModbusEndpoint Endpoint { get; }

    /// <summary>What each meter holds, by its address and the identifier: the item's data, as hex.</summary>
    public Dictionary<(ulong Meter, uint Item), string> Items { get; } = [];

    /// <summary>What a frame becomes on its way to us; as it is where null.</summary>
    public Func<byte[], byte[][]>? OnTheWay { get; set; }

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
            while (true) serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    async Task ServeAsync(Socket socket)
    {
        using var _ = socket;
        var (buffer, filled) = (new byte[512], 0);
        try
        {
            for (int count; (count = await socket.ReceiveAsync(buffer.AsMemory(filled), SocketFlags.None, _stop.Token)) > 0;)
            {
                filled += count;
                if (Answer(buffer.AsSpan(0, filled)) is not { } answer) continue;
                filled = 0;
                foreach (var piece in OnTheWay?.Invoke(answer) ?? [answer]) await socket.SendAsync(piece, SocketFlags.None, _stop.Token);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException)
        {
            // The test ended, or the client left.
        }
    }

    // Null while the question is not complete. Wake-up bytes tell the meters of items from the Modbus ones.
    byte[]? Answer(ReadOnlySpan<byte> received)
    {
        if (received[0] != 0xFE) return received.Length < 8 ? null : Registers(received);
        var frame = received[received.IndexOf((byte)0x68)..];
        if (frame.Length < 16 || frame[^1] != 0x16) return null;
        return frame[7] == 0x68 ? Dlt645(frame) : Cjt188(frame);
    }

    static byte[] Registers(ReadOnlySpan<byte> request)
    {
        var (address, count) = (BinaryPrimitives.ReadUInt16BigEndian(request[2..]), BinaryPrimitives.ReadUInt16BigEndian(request[4..]));
        byte[] answer = [request[0], request[1], (byte)(2 * count), .. new byte[2 * count + 2]];
        for (var i = 0; i < count; i++) BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(3 + 2 * i), (ushort)(address + i));
        BinaryPrimitives.WriteUInt16LittleEndian(answer.AsSpan(answer.Length - 2), Crc16.Of(answer.AsSpan(0, answer.Length - 2)));
        return answer;
    }

    byte[] Dlt645(ReadOnlySpan<byte> request)
    {
        var item = BinaryPrimitives.ReadUInt32LittleEndian(request[10..]) - 0x33333333;
        var has = Items.TryGetValue((Number(request[1..7]), item), out var hex);
        byte[] data = has ? [.. request[10..14], .. Convert.FromHexString(hex!).Select(octet => (byte)(octet + 0x33))] : [0x35];
        return Closed([0xFE, 0xFE], [.. request[..8], (byte)(has ? 0x91 : 0xD1), (byte)data.Length, .. data]);
    }

    byte[] Cjt188(ReadOnlySpan<byte> request)
    {
        var data = Convert.FromHexString(Items[(Number(request[2..9]), BinaryPrimitives.ReadUInt16LittleEndian(request[11..]))]);
        return Closed([0xFE], [.. request[..9], 0x81, (byte)(3 + data.Length), .. request[11..14], .. data]);
    }

    static byte[] Closed(byte[] wakeUp, byte[] frame) => [.. wakeUp, .. frame, (byte)frame.Sum(octet => octet), 0x16];

    static ulong Number(ReadOnlySpan<byte> digits)
    {
        ulong number = 0;
        for (var i = digits.Length - 1; i >= 0; i--) number = number << 8 | digits[i];
        return number;
    }
}
