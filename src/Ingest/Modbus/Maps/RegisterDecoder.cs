using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>What the registers of a point hold.</summary>
public enum Decoded
{
    Value,
    /// <summary>The meter says that it has none: a sentinel, a float that is no number, digits that are none.</summary>
    Missing,
    /// <summary>A number that cannot be: the meter's fault, and no value.</summary>
    Implausible,
    /// <summary>The meter's registers are not where they were: its <see cref="RegisterPoint.Guard"/> does not hold.</summary>
    Displaced,
    /// <summary>The meter names its unit by a code that is not known, or that measures something else. Never guessed at.</summary>
    UnknownUnit,
}

/// <summary>Registers → value in the canonical unit. Pure; allocates nothing.</summary>
public static class RegisterDecoder
{
    // SunSpec: a scale factor is a power of ten from -10 to 10, 8000h where there is none.
    const int LargestPower = 10;

    /// <summary>True where there is a value; missing is never zero.</summary>
    public static bool TryDecode(RegisterPoint point, ReadOnlySpan<byte> registers, out double value) =>
        Decode(point, registers, out value) == Decoded.Value;

    /// <param name="point">What is looked for.</param>
    /// <param name="registers">
    /// What was read from <see cref="RegisterPoint.First"/> to <see cref="RegisterPoint.End"/>; of a bit, 0 or 1; of a data item all its data.
    /// </param>
    /// <param name="value">The value in the canonical unit; 0 where there is none. Where it is implausible, what it would be.</param>
    public static Decoded Decode(RegisterPoint point, ReadOnlySpan<byte> registers, out double value)
    {
        value = 0;
        if (point.Guard is { } guard && !guard.Holds(At(point, guard.Address, registers))) return Decoded.Displaced;
        var scaling = point.Scaling;
        if (point.UnitCode is { } unit && !unit.Scalings.TryGetValue(registers[unit.At], out scaling)) return Decoded.UnknownUnit;
        if (!TryNumber(point, At(point, point.Address, registers), out var sum)) return Decoded.Missing;
        for (var i = 0; i < point.Addends.Count; i++)
        {
            if (!TryNumber(point, At(point, point.Addends[i], registers), out var addend)) return Decoded.Missing;
            sum += addend;
        }
        var power = 0;
        if (point.ScaleFactor is { } factor)
        {
            power = BinaryPrimitives.ReadInt16BigEndian(At(point, factor, registers));
            if (power is < -LargestPower or > LargestPower) return power == short.MinValue ? Decoded.Missing : Decoded.Implausible;
        }
        var scaled = scaling.Apply(sum, power);
        if (!double.IsFinite(scaled)) return Decoded.Missing;
        value = scaled;
        return point.Plausible.Holds(scaled) ? Decoded.Value : Decoded.Implausible;
    }

    /// <summary>One bit of an answer that holds bits, the first lowest (V1.1b3 section 6.1).</summary>
    public static int Bit(ReadOnlySpan<byte> data, int index) => (data[index / 8] >> (index % 8)) & 1;

    /// <summary>What is wrong with data that hold no value, in words; null where the meter only says that it has none.</summary>
    public static string? Fault(RegisterPoint point, ReadOnlySpan<byte> registers) => Decode(point, registers, out var value) switch
    {
        Decoded.Displaced => "the meter's registers have moved while it was read",
        Decoded.Implausible when IsNoPower(point, registers) => "its scale factor is no power of ten from -10 to 10",
        Decoded.Implausible => $"{value.ToString("R", CultureInfo.InvariantCulture)} {point.Quantity.Unit()} cannot be",
        Decoded.UnknownUnit => UnitCodes.Fault(registers[point.UnitCode!.At], point.Quantity),
        _ => null,
    };

    // 8000h says that there is none; anything else is a fault of the meter.
    static bool IsNoPower(RegisterPoint point, ReadOnlySpan<byte> registers) => point.ScaleFactor is { } factor
        && BinaryPrimitives.ReadInt16BigEndian(At(point, factor, registers)) is not short.MinValue and (< -LargestPower or > LargestPower);

    static ReadOnlySpan<byte> At(RegisterPoint point, uint address, ReadOnlySpan<byte> registers) =>
        registers[(point.IsItem ? point.At : 2 * (int)(address - point.First))..];

    static bool TryNumber(RegisterPoint point, ReadOnlySpan<byte> registers, out double number)
    {
        var raw = point.Format.Raw(registers);
        number = 0;
        for (var i = 0; i < point.Invalid.Count; i++)
            if (point.Invalid[i] == raw) return false;
        if (point.Mask is { } mask) raw = (raw & mask) >> BitOperations.TrailingZeroCount(mask);
        number = point.Format.Number(raw);
        return double.IsFinite(number);
    }
}
