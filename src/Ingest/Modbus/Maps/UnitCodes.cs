using System.Collections.Frozen;
using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Definitions;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>Where a data item names the unit of a value by a code, and what each allowed code makes of the number.</summary>
/// <param name="At">The byte of the data that holds the code.</param>
public sealed record UnitByCode(int At, FrozenDictionary<byte, Scaling> Scalings);

/// <summary>The codes of units in CJ/T 188 (2004: table 6; the same in 2018). A code that is not among them is never guessed at.</summary>
static class UnitCodes
{
    static readonly Dictionary<byte, (string Shown, string Unit, decimal Times)> Table = new()
    {
        [0x02] = ("Wh", "Wh", 1), [0x05] = ("kWh", "kWh", 1), [0x08] = ("MWh", "MWh", 1), [0x0A] = ("100 MWh", "MWh", 100),
        [0x01] = ("J", "MJ", 0.000001m), [0x0B] = ("kJ", "MJ", 0.001m), [0x0E] = ("MJ", "MJ", 1), [0x11] = ("GJ", "GJ", 1),
        [0x13] = ("100 GJ", "GJ", 100),
        [0x14] = ("W", "W", 1), [0x17] = ("kW", "kW", 1), [0x1A] = ("MW", "MW", 1),
        [0x29] = ("L", "L", 1), [0x2C] = ("m3", "m3", 1), [0x32] = ("L/h", "L/h", 1), [0x35] = ("m3/h", "m3/h", 1),
    };

    /// <summary>Why a code gives no unit of this quantity, in words.</summary>
    public static string Fault(byte code, Quantity quantity)
    {
        var shown = $"{code.ToString("X2", CultureInfo.InvariantCulture)}h";
        return Table.TryGetValue(code, out var row)
            ? $"the meter gives its unit as {row.Shown} (code {shown}), which is no unit of {quantity.Key()}"
            : $"the meter gives its unit by the code {shown}, which is not known";
    }

    /// <summary>The codes whose unit measures this, each with its way from the number to the canonical unit.</summary>
    public static FrozenDictionary<byte, Scaling> For(Quantity quantity, decimal scale, decimal offset)
    {
        var scalings = new Dictionary<byte, Scaling>();
        foreach (var (code, row) in Table)
            if (UnitConversion.TryFind(row.Unit, quantity.Unit(), out var conversion))
                scalings[code] = Scaling.Of(scale, offset, conversion with { Multiply = conversion.Multiply * row.Times });
        return scalings.ToFrozenDictionary();
    }
}
