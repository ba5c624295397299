using System.Buffers.Binary;
using System.Collections.Frozen;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Tests.Modbus.Fuzz;

/// <summary>
/// A point as a model could have it, in any type and order, with or without all that a point may have besides; and what any registers of
/// it stand for.
/// </summary>
sealed class AnyPoint
{
    const ushort NoFactor = 0x8000;

    // CJ/T 188-2004, table 6: what each code of a unit of heat is in GJ.
    static readonly Dictionary<byte, double> Gigajoules = new()
    {
        [0x01] = 1e-9, [0x0B] = 1e-6, [0x0E] = 1e-3, [0x11] = 1, [0x13] = 100, [0x02] = 3.6e-6, [0x05] = 3.6e-3, [0x08] = 3.6, [0x0A] = 360,
    };

    static readonly (decimal Scale, FrozenDictionary<byte, Scaling> Scalings)[] ByCode =
        [.. new[] { 1m, 0.01m, -0.1m }.Select(scale => (scale, UnitCodes.For(Quantity.Heat, scale, 0)))];

    readonly List<uint> _numbers = [];
    readonly decimal _scale;
    readonly decimal _offset;
    readonly double _toCanonical = 1;
    readonly uint _first;

    public AnyPoint(Random random)
    {
        var isItem = random.Next(4) == 0;
        var format = Format(random, isItem);
        _scale = new[] { 1m, 0.1m, 0.001m, 10m, -1m, 1_000_000_000m, 0.000000001m, 0.3m }[random.Next(8)];
        _offset = new[] { 0m, 0m, 0m, 20m, -273.15m, 1_000_000_000_000m }[random.Next(6)];
        (Quantity, var unit, _toCanonical) = random.Next(3) switch
        {
            0 => (Quantity.EnergyImport, "Wh", 1e-3), 1 => (Quantity.Power, "MW", 1e3), _ => (Quantity.EnergyImport, "kWh", 1.0),
        };
        Assert.True(UnitConversion.TryFind(unit, Quantity.Unit(), out var conversion));
        Point = new(Quantity, MeterFunction.HoldingRegisters, 0, format, Scaling.Of(_scale, _offset, conversion), unit, Sentinels(format, random), null)
        {
            Plausible = random.Next(4) switch { 0 => new(0, 1e6), 1 => new(-1e3, 1e3), 2 => new(0, double.MaxValue), _ => PlausibleRange.Any },
        };
        if (isItem)
        {
            var at = random.Next(6);
            var code = random.Next(3) == 0 ? ByCode[random.Next(ByCode.Length)] : default;
            Point = Point with { Protocol = MeterProtocol.Cjt188, Function = MeterFunction.DataItem, At = at, ItemBytes = at + format.Bytes + 1 + random.Next(4) };
            if (code.Scalings is not null)
            {
                (_scale, _offset) = (code.Scale, 0);
                Point = Point with { Quantity = Quantity.Heat, UnitCode = new(at + format.Bytes, code.Scalings) };
            }
            return;
        }
        _first = (uint)random.Next(60_000);
        Point = Placed(Point, random);
    }

    public Quantity Quantity { get; }

    public RegisterPoint Point { get; }

    /// <summary>Registers as a meter could give them, of exactly the length that is read.</summary>
    public byte[] Registers(Random random)
    {
        var registers = new byte[Point.IsItem ? Point.ItemBytes : 2 * (int)(Point.End - _first)];
        random.NextBytes(registers);
        if (Point.IsItem)
        {
            RawNumbers.Write(Point.Format, Raw(random), registers.AsSpan(Point.At));
            if (Point.UnitCode is { } code && random.Next(4) > 0) registers[code.At] = Gigajoules.Keys.ElementAt(random.Next(Gigajoules.Count));
            return registers;
        }
        foreach (var number in _numbers) RawNumbers.Write(Point.Format, Raw(random), At(registers, number));
        if (Point.ScaleFactor is { } factor && random.Next(8) > 0)
            BinaryPrimitives.WriteInt16BigEndian(At(registers, factor), random.Next(16) == 0 ? unchecked((short)NoFactor) : (short)random.Next(-11, 12));
        if (Point.Guard is { } guard && random.Next(8) > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(At(registers, guard.Address), guard.First);
            BinaryPrimitives.WriteUInt16BigEndian(At(registers, guard.Address + 1), guard.Second);
        }
        return registers;
    }

    /// <summary>Null where there is no value; plausible or not is another matter. <paramref name="size"/> is what rounding goes by.</summary>
    public double? Expected(byte[] registers, out double size)
    {
        size = 0;
        if (Point.Guard is { } guard && (Word(registers, guard.Address) != guard.First || Word(registers, guard.Address + 1) != guard.Second)) return null;
        var factor = _toCanonical;
        if (Point.UnitCode is { } code && !Gigajoules.TryGetValue(registers[code.At], out factor)) return null;
        var times = (double)_scale * factor;
        if (Point.ScaleFactor is { } at)
        {
            var power = (short)Word(registers, at);
            if (power is < -10 or > 10) return null;
            times *= Math.Pow(10, power);
        }
        var sum = 0.0;
        foreach (var number in Point.IsItem ? [0u] : _numbers)
        {
            var raw = Read(Point.IsItem ? registers.AsSpan(Point.At) : At(registers, number));
            if (Point.Invalid.Contains(raw) || RawNumbers.Number(Point.Format, raw, Point.Mask) is not { } one) return null;
            sum += one;
            size += Math.Abs(one * times);
        }
        var offset = (double)_offset * _toCanonical;
        size += Math.Abs(offset);
        return sum * times + offset;
    }

    ulong Raw(Random random) => Point.Invalid.Count > 0 && random.Next(10) == 0
        ? Point.Invalid[random.Next(Point.Invalid.Count)] : RawNumbers.Any(Point.Format, random);

    ulong Read(ReadOnlySpan<byte> at)
    {
        // Writing twice turns back: each order is its own inverse.
        Span<byte> straight = stackalloc byte[8];
        RawNumbers.Write(Point.Format, BinaryPrimitives.ReadUInt64BigEndian([.. new byte[8 - Point.Format.Bytes], .. at[..Point.Format.Bytes]]), straight);
        return BinaryPrimitives.ReadUInt64BigEndian(straight) >> (64 - 8 * Point.Format.Bytes);
    }

    // Its parts one behind the other, in any order, with holes between them.
    RegisterPoint Placed(RegisterPoint point, Random random)
    {
        var isBit = point.Format.Type == RegisterType.Bit;
        var next = _first;
        var parts = new List<int> { 0 };
        for (var more = isBit ? 0 : random.Next(3); more > 0; more--) parts.Add(0);
        if (!isBit && random.Next(3) == 0) parts.Add(1);
        if (!isBit && random.Next(6) == 0) parts.Add(2);
        foreach (var part in parts.OrderBy(_ => random.Next()))
        {
            if (part == 0) _numbers.Add(next);
            else if (part == 1) point = point with { ScaleFactor = next };
            else point = point with { Guard = new(next, (ushort)random.Next(65536), (ushort)random.Next(65536)) };
            next += (uint)(part == 0 ? point.Format.Words : part) + (uint)(random.Next(3) == 0 ? 1 : 0);
        }
        var isWhole = point.Format.Type is RegisterType.Uint16 or RegisterType.Uint32 or RegisterType.Uint64;
        return point with
        {
            Function = isBit ? MeterFunction.Coils : MeterFunction.InputRegisters, Address = _numbers[0], Addends = [.. _numbers.Skip(1)],
            Mask = isWhole && random.Next(4) == 0 ? Field(random, 8 * point.Format.Bytes) : null,
        };
    }

    static ulong Field(Random random, int bits)
    {
        var length = random.Next(1, bits);
        return (1UL << length) - 1 << random.Next(bits - length + 1);
    }

    // Data items come low byte first; only they have digits of any length, and only tables of bits have bits.
    static RegisterFormat Format(Random random, bool isItem)
    {
        var types = Enum.GetValues<RegisterType>();
        var type = isItem && random.Next(2) == 0 ? RegisterType.Bcd : types[random.Next(types.Length)];
        if (!isItem && type == RegisterType.Bcd) type = RegisterType.Bcd32;
        if (isItem && type == RegisterType.Bit) type = RegisterType.Uint16;
        if (type == RegisterType.Bit) return new(type);
        var format = new RegisterFormat(type, isItem || random.Next(2) == 0, isItem || random.Next(2) == 0);
        return type == RegisterType.Bcd ? format with { BcdBytes = (byte)random.Next(1, 9), HasSignBit = random.Next(2) == 0 } : format;
    }

    static ulong[] Sentinels(RegisterFormat format, Random random) => format.Type == RegisterType.Bit
        ? [] : [.. Enumerable.Range(0, random.Next(3)).Select(_ => RawNumbers.Any(format, random))];

    static ushort Word(byte[] registers, int at) => BinaryPrimitives.ReadUInt16BigEndian(registers.AsSpan(at));

    ushort Word(byte[] registers, uint address) => Word(registers, 2 * (int)(address - _first));

    Span<byte> At(byte[] registers, uint address) => registers.AsSpan(2 * (int)(address - _first));
}
