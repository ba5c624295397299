using System.Buffers.Binary;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>How a number lies in registers, or in a data item.</summary>
public enum RegisterType
{
    Uint16, Int16, Uint32, Int32, Uint64, Int64, Float32, Float64,
    /// <summary>Four decimal digits in each register.</summary>
    Bcd16, Bcd32, Bcd64,
    /// <summary>Two decimal digits in each byte of a data item, of as many bytes as <see cref="RegisterFormat.BcdBytes"/> says.</summary>
    Bcd,
    /// <summary>Each register counts to 9999, as meters of the ION family do (modulo 10,000); all carry the number's sign.</summary>
    Mod10k32, Mod10k48, Mod10k64,
    /// <summary>A coil or a discrete input: 0 or 1.</summary>
    Bit,
}

/// <summary>
/// Type and order. Modbus itself only fixes the order of the two bytes of a register (V1.1b3 section 4.2: high byte first); vendors differ
/// in the rest: <c>ABCD</c> is neither swapped, <c>CDAB</c> little words, <c>BADC</c> little bytes, <c>DCBA</c> both. Data items
/// (DL/T 645, CJ/T 188) come low byte first, which is both.
/// </summary>
public readonly record struct RegisterFormat(RegisterType Type, bool LittleWords = false, bool LittleBytes = false)
{
    /// <summary>16 digits: as many as a double surely holds, less one.</summary>
    public const int MaxBcdBytes = 8;

    /// <summary>Bytes of a <see cref="RegisterType.Bcd"/>.</summary>
    public byte BcdBytes { get; init; }

    /// <summary>The highest bit of a <see cref="RegisterType.Bcd"/> is its sign: 1 is minus.</summary>
    public bool HasSignBit { get; init; }

    /// <summary>Bytes the number takes.</summary>
    public int Bytes => Type == RegisterType.Bcd ? BcdBytes : 2 * Words;

    /// <summary>Registers the number takes.</summary>
    public int Words => Type switch
    {
        RegisterType.Uint16 or RegisterType.Int16 or RegisterType.Bcd16 or RegisterType.Bit => 1,
        RegisterType.Uint32 or RegisterType.Int32 or RegisterType.Float32 or RegisterType.Bcd32 or RegisterType.Mod10k32 => 2,
        RegisterType.Mod10k48 => 3,
        RegisterType.Bcd => (BcdBytes + 1) / 2,
        _ => 4,
    };

    public bool IsFloat => Type is RegisterType.Float32 or RegisterType.Float64;

    public bool IsSigned => IsFloat || IsMod10k || HasSignBit || Type is RegisterType.Int16 or RegisterType.Int32 or RegisterType.Int64;

    /// <summary>Some raw values stand for no number at all.</summary>
    public bool HasNonNumbers => IsFloat || IsMod10k || IsBcd;

    bool IsBcd => Type is RegisterType.Bcd16 or RegisterType.Bcd32 or RegisterType.Bcd64 or RegisterType.Bcd;

    bool IsMod10k => Type is RegisterType.Mod10k32 or RegisterType.Mod10k48 or RegisterType.Mod10k64;

    /// <summary>The largest raw value with this type; no larger one can be a sentinel.</summary>
    public ulong MaxRaw => ulong.MaxValue >> (64 - 8 * Bytes);

    /// <summary>The registers put in order, as one unsigned number, the first register highest.</summary>
    public ulong Raw(ReadOnlySpan<byte> registers)
    {
        ulong raw = 0;
        if (LittleWords && LittleBytes)
        {
            for (var at = Bytes - 1; at >= 0; at--) raw = (raw << 8) | registers[at];
            return raw;
        }
        for (var word = 0; word < Words; word++)
        {
            var at = registers[(2 * (LittleWords ? Words - 1 - word : word))..];
            raw = (raw << 16) | (LittleBytes ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at));
        }
        return raw;
    }

    /// <summary>The number that this raw value stands for; not finite where it stands for none.</summary>
    public double Number(ulong raw) => Type switch
    {
        RegisterType.Int16 => (short)raw,
        RegisterType.Int32 => (int)raw,
        RegisterType.Int64 => (long)raw,
        RegisterType.Float32 => BitConverter.UInt32BitsToSingle((uint)raw),
        RegisterType.Float64 => BitConverter.UInt64BitsToDouble(raw),
        RegisterType.Bcd16 or RegisterType.Bcd32 or RegisterType.Bcd64 => Digits(raw),
        RegisterType.Bcd => SignedDigits(raw),
        RegisterType.Mod10k32 or RegisterType.Mod10k48 or RegisterType.Mod10k64 => TenThousands(raw, Words),
        _ => raw,
    };

    double SignedDigits(ulong raw)
    {
        var sign = HasSignBit ? 1UL << (8 * BcdBytes - 1) : 0;
        var number = Digits(raw & ~sign);
        return (raw & sign) != 0 && number != 0 ? -number : number;
    }

    static double Digits(ulong raw)
    {
        ulong number = 0;
        for (var shift = 60; shift >= 0; shift -= 4)
        {
            var digit = (raw >> shift) & 0xF;
            if (digit > 9) return double.NaN;
            number = number * 10 + digit;
        }
        return number;
    }

    // A register beyond 9999, or of another sign than the rest, is no part of such a number.
    static double TenThousands(ulong raw, int words)
    {
        long number = 0;
        var (negative, positive) = (false, false);
        for (var word = words - 1; word >= 0; word--)
        {
            var part = (short)(raw >> (16 * word));
            if (part is < -9999 or > 9999) return double.NaN;
            (negative, positive) = (negative || part < 0, positive || part > 0);
            number = number * 10_000 + part;
        }
        return negative && positive ? double.NaN : number;
    }
}
