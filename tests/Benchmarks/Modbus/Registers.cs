using System.Buffers.Binary;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Benchmarks.Modbus;

/// <summary>What the simulated slaves hold: unit and address, so that a value of another register or another meter is seen.</summary>
static class Registers
{
    public static ushort At(byte unit, int address) => (ushort)(256 * unit + address);

    /// <summary>Whether the first and the last register of an answer are the ones asked for.</summary>
    public static bool AreOf(MeterRequest request, ReadOnlySpan<byte> data) =>
        data.Length == 2 * request.Count
        && BinaryPrimitives.ReadUInt16BigEndian(data) == At(request.Unit, (int)request.Address)
        && BinaryPrimitives.ReadUInt16BigEndian(data[^2..]) == At(request.Unit, (int)request.Address + request.Count - 1);

    /// <summary>The answer to a request of function 3 or 4 in a Modbus TCP frame; its length.</summary>
    public static int Answer(ReadOnlySpan<byte> request, Span<byte> answer)
    {
        var address = BinaryPrimitives.ReadUInt16BigEndian(request[8..]);
        var count = BinaryPrimitives.ReadUInt16BigEndian(request[10..]);
        request[..4].CopyTo(answer);
        BinaryPrimitives.WriteUInt16BigEndian(answer[4..], (ushort)(3 + 2 * count));
        (answer[6], answer[7], answer[8]) = (request[6], request[7], (byte)(2 * count));
        for (var i = 0; i < count; i++) BinaryPrimitives.WriteUInt16BigEndian(answer[(9 + 2 * i)..], At(request[6], address + i));
        return 9 + 2 * count;
    }
}
