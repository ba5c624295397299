using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Ingest.Definitions;

/// <summary>
/// From the number in the registers to the canonical unit, in one step: <c>number × Multiply ÷ Divide + Add</c>. A scale of 0.01 is a
/// division by 100, so that 1234567 becomes the double nearest to 12345.67 and not its neighbour.
/// </summary>
public readonly record struct Scaling(double Multiply, double Divide, double Add)
{
    // Powers of ten that a double holds exactly, as far as a scale factor goes.
    static readonly double[] Tens = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10];

    public double Apply(double number) => number * Multiply / Divide + Add;

    /// <summary>The same of <c>number × 10^power</c>; a negative power divides, for the reason above.</summary>
    public double Apply(double number, int power) => power < 0
        ? number * Multiply / (Divide * Tens[-power]) + Add
        : number * (Multiply * Tens[power]) / Divide + Add;

    /// <summary><c>(number × scale + offset)</c> is the value in the unit as read; the conversion leads on to the canonical one.</summary>
    public static Scaling Of(decimal scale, decimal offset, UnitConversion unit)
    {
        var (multiply, divide) = (scale * unit.Multiply, unit.Divide);
        while (decimal.Truncate(multiply) != multiply || decimal.Truncate(divide) != divide)
            (multiply, divide) = (multiply * 10, divide * 10);
        var common = CommonDivisor(Math.Abs(multiply), Math.Abs(divide));
        return new((double)(multiply / common), (double)(divide / common), (double)(offset * unit.Multiply / unit.Divide + unit.Add));
    }

    static decimal CommonDivisor(decimal a, decimal b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a == 0 ? 1 : a;
    }
}
