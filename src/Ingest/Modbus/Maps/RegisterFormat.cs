using System.Buffers.Binary;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>How a number lies in registers.</summary>
public enum RegisterType { Uint16, Int16, Uint32, Int32, Uint64, Int64, Float32, Float64 }

/// <summary>
/// Type and order. Modbus itself only fixes the order of the two bytes of a register (V1.1b3 section 4.2: high byte first); vendors differ
/// in the rest: <c>ABCD</c> is neither swapped, <c>CDAB</c> little words, <c>BADC</c> little bytes, <c>DCBA</c> both.
/// </summary>
public readonly record struct RegisterFormat(RegisterType Type, bool LittleWords = false, bool LittleBytes = false)
{
    /// <summary>Registers the number takes.</summary>
    public int Words => Type switch
    {
        RegisterType.Uint16 or RegisterType.Int16 => 1,
        RegisterType.Uint32 or RegisterType.Int32 or RegisterType.Float32 => 2,
        _ => 4,
    };

    public bool IsFloat => Type is RegisterType.Float32 or RegisterType.Float64;

    public bool IsSigned => IsFloat || Type is RegisterType.Int16 or RegisterType.Int32 or RegisterType.Int64;

    /// <summary>The largest raw value with this type; no larger one can be a sentinel.</summary>
    public ulong MaxRaw => ulong.MaxValue >> (64 - 16 * Words);

    /// <summary>The registers put in order, as one unsigned number, the first register highest.</summary>
    public ulong Raw(ReadOnlySpan<byte> registers)
    {
        ulong raw = 0;
        for (var word = 0; word < Words; word++)
        {
            var at = registers[(2 * (LittleWords ? Words - 1 - word : word))..];
            raw = (raw << 16) | (LittleBytes ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at));
        }
        return raw;
    }

    /// <summary>The number that this raw value stands for; not finite where a float says so.</summary>
    public double Number(ulong raw) => Type switch
    {
        RegisterType.Int16 => (short)raw,
        RegisterType.Int32 => (int)raw,
        RegisterType.Int64 => (long)raw,
        RegisterType.Float32 => BitConverter.UInt32BitsToSingle((uint)raw),
        RegisterType.Float64 => BitConverter.UInt64BitsToDouble(raw),
        _ => raw,
    };
}
