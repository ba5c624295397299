namespace EnergyWatch.Domain.Readings;

/// <summary>
/// How a value in the unit of a meter becomes one in the canonical unit: <c>read × Multiply ÷ Divide + Add</c>. Decimal, so that the
/// factor of a hundredth is exactly that. Used at the edges only: behind the pipeline there is one unit per quantity.
/// </summary>
public readonly record struct UnitConversion(decimal Multiply, decimal Divide, decimal Add)
{
    static readonly (string Canonical, string Unit, UnitConversion Conversion)[] Table =
    [
        ("kWh", "kWh", Same), ("kWh", "Wh", Over(1000)), ("kWh", "MWh", Times(1000)), ("kWh", "GWh", Times(1_000_000)),
        ("kWh", "MJ", Over(3.6m)), ("kWh", "GJ", new(1000, 3.6m, 0)),
        ("kW", "kW", Same), ("kW", "W", Over(1000)), ("kW", "MW", Times(1000)),
        ("GJ", "GJ", Same), ("GJ", "MJ", Over(1000)), ("GJ", "kWh", Times(0.0036m)), ("GJ", "MWh", Times(3.6m)),
        ("GJ", "Wh", Times(0.0000036m)), ("GJ", "Gcal", Times(4.1868m)),
        ("m3", "m3", Same), ("m3", "L", Over(1000)),
        ("m3/h", "m3/h", Same), ("m3/h", "L/h", Over(1000)), ("m3/h", "L/min", Times(0.06m)), ("m3/h", "L/s", Times(3.6m)),
        ("m3/h", "m3/s", Times(3600)),
        ("V", "V", Same), ("V", "mV", Over(1000)), ("V", "kV", Times(1000)),
        ("A", "A", Same), ("A", "mA", Over(1000)), ("A", "kA", Times(1000)),
        ("1", "1", Same), ("1", "%", Over(100)),
        ("Hz", "Hz", Same), ("Hz", "mHz", Over(1000)),
        ("W/m2", "W/m2", Same), ("W/m2", "kW/m2", Times(1000)),
        ("°C", "°C", Same), ("°C", "K", new(1, 1, -273.15m)), ("°C", "°F", new(5, 9, -160m / 9)),
        ("kg", "kg", Same), ("kg", "t", Times(1000)),
        ("L", "L", Same), ("L", "m3", Times(1000)),
    ];

    public static UnitConversion Same => new(1, 1, 0);

    static UnitConversion Times(decimal factor) => new(factor, 1, 0);
    static UnitConversion Over(decimal divisor) => new(1, divisor, 0);

    /// <summary>The conversion from a unit as a meter writes it; false where it does not measure the same thing.</summary>
    public static bool TryFind(string? unit, string canonical, out UnitConversion conversion)
    {
        var row = Array.FindIndex(Table, row => row.Canonical == canonical && row.Unit == unit);
        conversion = row < 0 ? default : Table[row].Conversion;
        return row >= 0;
    }

    /// <summary>The units that can be converted to this canonical one, itself first: what a refusal says is allowed.</summary>
    public static IReadOnlyList<string> UnitsFor(string canonical) =>
        [.. Table.Where(row => row.Canonical == canonical).Select(row => row.Unit)];

    /// <summary>The value in the canonical unit.</summary>
    public double Apply(double value) => value * (double)Multiply / (double)Divide + (double)Add;
}
