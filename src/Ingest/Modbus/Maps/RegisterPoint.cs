using System.Buffers.Binary;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>One number in the registers, or in a data item, that becomes a reading.</summary>
/// <param name="Address">The first of its registers, or the bit; of a data item the identifier (CJ/T 188: the meter type above it).</param>
/// <param name="Unit">The unit as read, before conversion to the quantity's canonical one.</param>
/// <param name="Invalid">Raw values that mean there is no value.</param>
/// <param name="Group">Points of one group are read together or not at all.</param>
public sealed record RegisterPoint(
    Quantity Quantity,
    MeterFunction Function,
    uint Address,
    RegisterFormat Format,
    Scaling Scaling,
    string Unit,
    IReadOnlyList<ulong> Invalid,
    string? Group)
{
    /// <summary>Further numbers of the same format, in the same read, that are added to the one at <see cref="Address"/>.</summary>
    public IReadOnlyList<uint> Addends { get; init; } = [];

    /// <summary>Where the power of ten is that the number is multiplied by: a signed register, read in the same request as the number.</summary>
    public uint? ScaleFactor { get; init; }

    /// <summary>What must stand beside the number, in the same read, for it to be the number that is meant.</summary>
    public RegisterGuard? Guard { get; init; }

    /// <summary>Bits of the raw number that count; they are shifted down to where the lowest of them is 1. All where null.</summary>
    public ulong? Mask { get; init; }

    /// <summary>What the quantity can be at all, in its canonical unit; anything else is a fault of the meter and no value.</summary>
    public PlausibleRange Plausible { get; init; } = PlausibleRange.Any;

    /// <summary>It is asked for no more often than this; at every poll of its meter where null.</summary>
    public TimeSpan? Period { get; init; }

    /// <summary>Not every meter of the model has it: its refusal is no fault.</summary>
    public bool Optional { get; init; }

    public MeterProtocol Protocol { get; init; }

    /// <summary>It lies in the data of an item, at <see cref="At"/>.</summary>
    public bool IsItem => Protocol != MeterProtocol.Modbus;

    /// <summary>The byte of the item's data at which it begins.</summary>
    public int At { get; init; }

    /// <summary>Bytes of the item's data, all its points and what is no point included.</summary>
    public int ItemBytes { get; init; }

    /// <summary>Where the data name the unit; null where it is always <see cref="Unit"/>.</summary>
    public UnitByCode? UnitCode { get; init; }

    /// <summary>The first address that must be read for it.</summary>
    public uint First => Math.Min(
        Lowest(Addends, Address), Math.Min(ScaleFactor ?? Address, Guard?.Address ?? Address));

    /// <summary>The address behind the last that must be read for it.</summary>
    public long End => IsItem ? Address + 1L : Math.Max(
        (long)Highest(Addends, Address) + Format.Words, Math.Max((ScaleFactor ?? 0) + 1L, Guard?.End ?? 0));

    /// <summary>The registers that make its value, as they are written down: the number, what is added to it, the scale factor.</summary>
    public IEnumerable<(uint Address, int Words)> Places()
    {
        yield return (Address, Format.Words);
        foreach (var addend in Addends) yield return (addend, Format.Words);
        if (ScaleFactor is { } factor) yield return (factor, 1);
    }

    static uint Lowest(IReadOnlyList<uint> addresses, uint lowest)
    {
        for (var i = 0; i < addresses.Count; i++) lowest = Math.Min(lowest, addresses[i]);
        return lowest;
    }

    static uint Highest(IReadOnlyList<uint> addresses, uint highest)
    {
        for (var i = 0; i < addresses.Count; i++) highest = Math.Max(highest, addresses[i]);
        return highest;
    }
}

/// <summary>Two registers that must hold these words: where they hold others, the meter has moved its registers.</summary>
public readonly record struct RegisterGuard(uint Address, ushort First, ushort Second)
{
    public long End => Address + 2L;

    public bool Holds(ReadOnlySpan<byte> registers) =>
        BinaryPrimitives.ReadUInt16BigEndian(registers) == First && BinaryPrimitives.ReadUInt16BigEndian(registers[2..]) == Second;
}

/// <summary>The values from <c>Min</c> to <c>Max</c>, both included.</summary>
public readonly record struct PlausibleRange(double Min, double Max)
{
    public static PlausibleRange Any => new(double.NegativeInfinity, double.PositiveInfinity);

    public bool Holds(double value) => value >= Min && value <= Max;
}
