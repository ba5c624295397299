using System.Buffers.Binary;
using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus;

/// <summary>One register point as it was just read.</summary>
/// <param name="Table"><c>holding</c>, <c>input</c>, <c>coil</c>, <c>discrete</c>, or <c>item</c> for a data item.</param>
/// <param name="Words">The raw registers of the number; of a data item its bytes. Empty where there was no answer.</param>
/// <param name="Value">The value in <paramref name="Unit"/>, the quantity's canonical one; null where there is none.</param>
/// <param name="Fault">Why there is no value, in words.</param>
public sealed record RegisterReading(
    string Key, string Table, uint Address, IReadOnlyList<ushort> Words, double? Value, string Unit, Instant? At, string? Fault)
{
    /// <summary>Where it is, as the meter's manual writes it.</summary>
    public required string Place { get; init; }

    /// <summary>The raw registers or bytes in hex, as they came, and the power of ten beside them where there is one.</summary>
    public string Raw { get; init; } = "";

    internal static RegisterReading Missing(RegisterPoint point, string? fault)
    {
        var table = point.Function switch
        {
            MeterFunction.InputRegisters => "input",
            MeterFunction.Coils => "coil",
            MeterFunction.DiscreteInputs => "discrete",
            MeterFunction.DataItem => "item",
            _ => "holding",
        };
        return new(point.Quantity.Key(), table, DataItems.IdentifierOf(point), [], null, point.Quantity.Unit(), null, fault)
        {
            Place = point.IsItem
                ? $"{table} {DataItems.Shown(point.Protocol, point.Address)}" : string.Create(CultureInfo.InvariantCulture, $"{table} {point.Address}"),
        };
    }

    internal static RegisterReading Of(RegisterPoint point, ReadBlock block, ModbusAnswer answer)
    {
        var registers = block.Registers(point, answer.Data.Span);
        var own = registers[(point.IsItem ? point.At : 2 * (int)(point.Address - point.First))..];
        var words = new ushort[point.IsItem ? point.Format.Bytes : point.Format.Words];
        for (var i = 0; i < words.Length; i++) words[i] = point.IsItem ? own[i] : BinaryPrimitives.ReadUInt16BigEndian(own[(2 * i)..]);
        var has = RegisterDecoder.Decode(point, registers, out var value);
        return Missing(point, has switch
        {
            Decoded.Value => null,
            Decoded.Displaced => "the meter's registers are no longer where they were found",
            _ => RegisterDecoder.Fault(point, registers) ?? "the meter says that it has no value",
        }) with
        {
            Words = words, Raw = Hex(words, point.IsItem) + Power(point, registers), Value = has == Decoded.Value ? value : null, At = answer.SentAt,
        };
    }

    static string Hex(ushort[] words, bool bytes) =>
        string.Join(' ', words.Select(word => word.ToString(bytes ? "X2" : "X4", CultureInfo.InvariantCulture)));

    static string Power(RegisterPoint point, ReadOnlySpan<byte> registers)
    {
        if (point.ScaleFactor is not { } at) return "";
        var power = BinaryPrimitives.ReadInt16BigEndian(registers[(2 * (int)(at - point.First))..]);
        return string.Create(CultureInfo.InvariantCulture, $" ×10^{power}");
    }
}
