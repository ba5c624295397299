using System.Buffers.Binary;
using EnergyWatch.Simulator.Modbus;

namespace EnergyWatch.Simulator.Tests.Modbus;

/// <summary>The other side of the wire, written apart from the simulator's own encoding.</summary>
static class Decoded
{
    internal static double Value(ModelPoint point, ReadOnlySpan<byte> registers)
    {
        ulong raw = 0;
        for (var word = 0; word < point.Words; word++)
        {
            var at = registers[(2 * (point.LittleWords ? point.Words - 1 - word : word))..];
            raw = (raw << 16) | (point.LittleBytes ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at));
        }
        var number = point.Type switch
        {
            "int16" => (short)raw, "int32" => (int)raw, "float32" => BitConverter.UInt32BitsToSingle((uint)raw), _ => (double)raw,
        };
        return point.Factor < 1 ? number / (double)(1 / point.Factor) : number * (double)point.Factor;
    }
}
