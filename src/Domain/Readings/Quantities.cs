using System.Collections.Frozen;

namespace EnergyWatch.Domain.Readings;

/// <summary>Key on the wire, canonical unit and kind of one quantity.</summary>
public sealed record QuantityInfo(Quantity Quantity, string Key, string Unit, QuantityKind Kind);

/// <summary>The table of all quantities. The keys are public names (MQTT, HTTP, CSV, line protocol).</summary>
public static class Quantities
{
    public static IReadOnlyList<QuantityInfo> All { get; } =
    [
        new(Quantity.EnergyImport, "energy_import", "kWh", QuantityKind.Counter),
        new(Quantity.EnergyExport, "energy_export", "kWh", QuantityKind.Counter),
        new(Quantity.Power, "power", "kW", QuantityKind.Gauge),
        new(Quantity.Volume, "volume", "m3", QuantityKind.Counter),
        new(Quantity.Flow, "flow", "m3/h", QuantityKind.Gauge),
        new(Quantity.Heat, "heat", "GJ", QuantityKind.Counter),
        new(Quantity.VoltageL1, "voltage_l1", "V", QuantityKind.Gauge),
        new(Quantity.VoltageL2, "voltage_l2", "V", QuantityKind.Gauge),
        new(Quantity.VoltageL3, "voltage_l3", "V", QuantityKind.Gauge),
        new(Quantity.CurrentL1, "current_l1", "A", QuantityKind.Gauge),
        new(Quantity.CurrentL2, "current_l2", "A", QuantityKind.Gauge),
        new(Quantity.CurrentL3, "current_l3", "A", QuantityKind.Gauge),
        new(Quantity.PowerFactor, "power_factor", "1", QuantityKind.Gauge),
        new(Quantity.Frequency, "frequency", "Hz", QuantityKind.Gauge),
        new(Quantity.PvPower, "pv_power", "kW", QuantityKind.Gauge),
        new(Quantity.PvEnergy, "pv_energy", "kWh", QuantityKind.Counter),
        new(Quantity.Irradiance, "irradiance", "W/m2", QuantityKind.Gauge),
        new(Quantity.ModuleTemperature, "module_temperature", "°C", QuantityKind.Gauge),
        new(Quantity.AmbientTemperature, "ambient_temperature", "°C", QuantityKind.Gauge),
        new(Quantity.EnergyInterval, "energy_interval", "kWh", QuantityKind.Interval),
        new(Quantity.VolumeInterval, "volume_interval", "m3", QuantityKind.Interval),
        new(Quantity.DcPower, "dc_power", "kW", QuantityKind.Gauge),
        new(Quantity.DcVoltage1, "dc_voltage_1", "V", QuantityKind.Gauge),
        new(Quantity.DcVoltage2, "dc_voltage_2", "V", QuantityKind.Gauge),
        new(Quantity.DcVoltage3, "dc_voltage_3", "V", QuantityKind.Gauge),
        new(Quantity.DcVoltage4, "dc_voltage_4", "V", QuantityKind.Gauge),
        new(Quantity.DcVoltage5, "dc_voltage_5", "V", QuantityKind.Gauge),
        new(Quantity.DcCurrent1, "dc_current_1", "A", QuantityKind.Gauge),
        new(Quantity.DcCurrent2, "dc_current_2", "A", QuantityKind.Gauge),
        new(Quantity.DcCurrent3, "dc_current_3", "A", QuantityKind.Gauge),
        new(Quantity.DcCurrent4, "dc_current_4", "A", QuantityKind.Gauge),
        new(Quantity.DcCurrent5, "dc_current_5", "A", QuantityKind.Gauge),
        new(Quantity.DcPower1, "dc_power_1", "kW", QuantityKind.Gauge),
        new(Quantity.DcPower2, "dc_power_2", "kW", QuantityKind.Gauge),
        new(Quantity.DcPower3, "dc_power_3", "kW", QuantityKind.Gauge),
        new(Quantity.DcPower4, "dc_power_4", "kW", QuantityKind.Gauge),
        new(Quantity.DcPower5, "dc_power_5", "kW", QuantityKind.Gauge),
    ];

    static readonly FrozenDictionary<string, QuantityInfo> ByKey = All.ToFrozenDictionary(info => info.Key);

    static readonly (byte[] Key, Quantity Quantity)[] ByUtf8 = TableOfUtf8();

    public static QuantityInfo Info(this Quantity quantity) => All[(int)quantity - 1];
    public static string Key(this Quantity quantity) => quantity.Info().Key;
    public static string Unit(this Quantity quantity) => quantity.Info().Unit;

    public static bool TryParse(string? key, out Quantity quantity)
    {
        quantity = default;
        if (key is null || !ByKey.TryGetValue(key, out var info)) return false;
        quantity = info.Quantity;
        return true;
    }

    /// <summary>The same from UTF-16 characters, without a string; for decoders.</summary>
    public static bool TryParse(ReadOnlySpan<char> key, out Quantity quantity)
    {
        quantity = default;
        if (!ByKey.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var info)) return false;
        quantity = info.Quantity;
        return true;
    }

    /// <summary>The same from UTF-8 bytes: the look-up that every value of every message takes.</summary>
    public static bool TryParse(ReadOnlySpan<byte> key, out Quantity quantity)
    {
        if (!key.IsEmpty)
            for (var slot = SlotOf(key); ByUtf8[slot].Key is { } known; slot = (slot + 1) % ByUtf8.Length)
            {
                if (!key.SequenceEqual(known)) continue;
                quantity = ByUtf8[slot].Quantity;
                return true;
            }
        quantity = default;
        return false;
    }

    // Open addressing: a key stands at its slot or at the next free one behind it. Never more than a quarter full.
    static (byte[] Key, Quantity Quantity)[] TableOfUtf8()
    {
        var table = new (byte[] Key, Quantity Quantity)[256];
        foreach (var info in All)
        {
            var key = System.Text.Encoding.UTF8.GetBytes(info.Key);
            var slot = SlotOf(key);
            while (table[slot].Key is not null) slot = (slot + 1) % table.Length;
            table[slot] = (key, info.Quantity);
        }
        return table;
    }

    static int SlotOf(ReadOnlySpan<byte> key) => (key.Length * 29 + key[0] * 7 + key[^1] * 13 + key[key.Length / 2]) % 256;
}
