using System.Buffers.Binary;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>
/// Registers or coils that a meter must hold. After connecting they are read back, and written only where they differ: a meter's
/// permanent memory wears with each write.
/// </summary>
/// <param name="Table">What is read back: holding registers or coils.</param>
/// <param name="Write">How it is written: function 5, 6, 15 or 16.</param>
/// <param name="Values">One for each register; of a coil 0 or 1.</param>
public sealed record SetupWrite(MeterFunction Table, MeterFunction Write, uint Address, IReadOnlyList<ushort> Values)
{
    /// <summary>The question what the meter holds.</summary>
    public MeterRequest ReadBack(ulong meter) => new(meter, Table, Address, (ushort)Values.Count);

    /// <summary>Whether it holds the values already, by the data of the answer to <see cref="ReadBack"/>.</summary>
    public bool IsHeldBy(ReadOnlySpan<byte> data)
    {
        for (var i = 0; i < Values.Count; i++)
            if (Values[i] != (Table == MeterFunction.Coils ? RegisterDecoder.Bit(data, i) : BinaryPrimitives.ReadUInt16BigEndian(data[(2 * i)..])))
                return false;
        return true;
    }

    /// <summary>The request that writes them.</summary>
    public MeterRequest For(ulong meter) => new(meter, Write, Address, (ushort)Values.Count) { Values = OnTheWire() };

    // V1.1b3 sections 6.5, 6.6, 6.11, 6.12: a single coil is FF00h or 0000h, several are bits, the lowest first.
    byte[] OnTheWire()
    {
        if (Write == MeterFunction.WriteCoil) return [Values[0] == 0 ? (byte)0x00 : (byte)0xFF, 0x00];
        var wire = new byte[Write == MeterFunction.WriteCoils ? (Values.Count + 7) / 8 : 2 * Values.Count];
        for (var i = 0; i < Values.Count; i++)
        {
            if (Write == MeterFunction.WriteCoils) wire[i / 8] |= (byte)(Values[i] << (i % 8));
            else BinaryPrimitives.WriteUInt16BigEndian(wire.AsSpan(2 * i), Values[i]);
        }
        return wire;
    }
}
