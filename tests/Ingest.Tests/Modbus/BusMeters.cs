using System.Buffers.Binary;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>
/// The meters of a mixed bus: Modbus units whose registers hold their own address, DL/T 645-2007 meters and CJ/T 188 meters with the items
/// a test gives them. Frames are taken apart and built by the standards' layouts, not by the codecs.
/// </summary>
sealed class BusMeters
{
    /// <summary>What each meter of items holds, by its address and the identifier: the item's data, as hex.</summary>
    public Dictionary<(ulong Meter, uint Item), string> Items { get; } = [];

    /// <summary>Null while the question is not complete.</summary>
    public byte[]? Answer(ReadOnlySpan<byte> received)
    {
        // Wake-up bytes tell the meters of items from the Modbus ones.
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
        // Whoever is there answers the address of all A, under its own.
        var meter = Number(request[1..7]);
        if (meter == MeterAddress.AnyDlt645) meter = Items.Keys.First(key => key.Item > 0xFFFF).Meter;
        byte[] address = [.. Enumerable.Range(0, 6).Select(i => (byte)(meter >> (8 * i)))];
        var has = Items.TryGetValue((meter, item), out var hex);
        byte[] data = has ? [.. request[10..14], .. Convert.FromHexString(hex!).Select(octet => (byte)(octet + 0x33))] : [0x35];
        return Closed([0xFE, 0xFE], [0x68, .. address, 0x68, (byte)(has ? 0x91 : 0xD1), (byte)data.Length, .. data]);
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
