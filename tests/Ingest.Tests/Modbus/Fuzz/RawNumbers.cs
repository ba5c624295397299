using System.Buffers.Binary;
using System.Globalization;
using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Ingest.Tests.Modbus.Fuzz;

/// <summary>What a raw number stands for and how it lies in registers, written apart from the code under test: by text and by wide integers.</summary>
static class RawNumbers
{
    /// <summary>Any raw number of the type: whatever comes, or what is worth trying.</summary>
    public static ulong Any(RegisterFormat format, Random random)
    {
        if (format.Type == RegisterType.Bit) return (ulong)random.Next(2);
        var raw = random.Next(9) switch
        {
            0 => 0UL,
            1 => ulong.MaxValue,
            2 => 1UL << (8 * format.Bytes - 1),
            3 => (ulong)random.Next(1000),
            4 or 5 => Nibbles(random),
            6 => TenThousands(random),
            7 when format.Type == RegisterType.Float32 => BitConverter.SingleToUInt32Bits((float)(random.NextDouble() * 2e6 - 1e6)),
            7 when format.Type == RegisterType.Float64 => BitConverter.DoubleToUInt64Bits(random.NextDouble() * 2e6 - 1e6),
            _ => (ulong)random.NextInt64() << 1 ^ (ulong)random.NextInt64(),
        };
        return format.Bytes == 8 ? raw : raw & ((1UL << (8 * format.Bytes)) - 1);
    }

    /// <summary>Puts it where it belongs: the bytes of the number, high first, then words and bytes turned as the format says.</summary>
    public static void Write(RegisterFormat format, ulong raw, Span<byte> to)
    {
        Span<byte> straight = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(straight, raw);
        straight = straight[^format.Bytes..];
        if (format is { LittleWords: true, LittleBytes: true }) straight.Reverse();
        else if (format.LittleWords)
            for (int i = 0, last = straight.Length - 2; i < last; i += 2, last -= 2)
                (straight[i], straight[i + 1], straight[last], straight[last + 1]) = (straight[last], straight[last + 1], straight[i], straight[i + 1]);
        else if (format.LittleBytes)
            for (var i = 0; i < straight.Length; i += 2) straight.Slice(i, 2).Reverse();
        straight.CopyTo(to);
    }

    /// <summary>Null where it stands for no number.</summary>
    public static double? Number(RegisterFormat format, ulong raw, ulong? mask)
    {
        var bits = 8 * format.Bytes;
        switch (format.Type)
        {
            case RegisterType.Int16 or RegisterType.Int32 or RegisterType.Int64:
                return (double)((Int128)raw - (raw >> (bits - 1) == 1 ? Int128.One << bits : 0));
            case RegisterType.Float32 or RegisterType.Float64:
                var number = bits == 32 ? BitConverter.UInt32BitsToSingle((uint)raw) : BitConverter.UInt64BitsToDouble(raw);
                return double.IsFinite(number) ? number : null;
            case RegisterType.Bcd16 or RegisterType.Bcd32 or RegisterType.Bcd64 or RegisterType.Bcd:
                return Digits(raw, format.HasSignBit ? 1UL << (bits - 1) : 0);
            case RegisterType.Mod10k32 or RegisterType.Mod10k48 or RegisterType.Mod10k64:
                return Mod10k(raw, bits / 16);
        }
        if (mask is not { } field) return raw;
        var shown = Convert.ToString((long)(raw & field), 2);
        return Convert.ToUInt64(shown.PadLeft(64, '0')[..(64 - TrailingZeros(field))], 2);
    }

    static double? Digits(ulong raw, ulong sign)
    {
        var text = (raw & ~sign).ToString("X", CultureInfo.InvariantCulture);
        if (text.Any(digit => digit > '9')) return null;
        var number = double.Parse(text, CultureInfo.InvariantCulture);
        return (raw & sign) != 0 ? -number : number;
    }

    static double? Mod10k(ulong raw, int words)
    {
        var parts = Enumerable.Range(0, words).Select(word => (int)(short)(raw >> (16 * word))).ToList();
        if (parts.Any(part => Math.Abs(part) > 9999) || (parts.Any(part => part < 0) && parts.Any(part => part > 0))) return null;
        return (double)parts.Select((part, word) => part * Power(10_000, word)).Sum();
    }

    static decimal Power(int of, int times) => times == 0 ? 1 : of * Power(of, times - 1);

    static int TrailingZeros(ulong field) => 63 - Convert.ToString((long)field, 2).PadLeft(64, '0').LastIndexOf('1');

    // Digits, one time in eight with one that is none.
    static ulong Nibbles(Random random)
    {
        ulong raw = 0;
        for (var i = 0; i < 16; i++) raw = raw << 4 | (uint)random.Next(10);
        return random.Next(8) == 0 ? raw | 0xFUL << (4 * random.Next(16)) : raw;
    }

    static ulong TenThousands(Random random)
    {
        var sign = random.Next(2) * 2 - 1;
        ulong raw = 0;
        for (var word = 0; word < 4; word++) raw = raw << 16 | (ushort)(short)(sign * random.Next(10_000));
        return random.Next(8) == 0 ? raw ^ 0x8000UL << (16 * random.Next(4)) : raw;
    }
}
