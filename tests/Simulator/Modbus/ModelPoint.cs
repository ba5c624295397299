using System.Buffers.Binary;
using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Simulator.Modbus;

/// <summary>A number in a model's registers: where it lies, and what a raw value stands for.</summary>
/// <param name="Factor">Canonical units per raw step.</param>
sealed record ModelPoint(Quantity Quantity, bool Input, ushort Address, string Type, bool LittleWords, bool LittleBytes, decimal Factor)
{
    public int Words => Type switch { "uint16" or "int16" => 1, "uint64" or "int64" or "float64" => 4, _ => 2 };

    /// <summary>What a reader gets who decodes what <see cref="Encode"/> wrote: the value as far as the registers can hold it.</summary>
    public double Rounded(double value) => Type switch
    {
        "float32" => Scaled((float)Raw(value)),
        "float64" => Scaled(Raw(value)),
        _ => Scaled(Whole(value)),
    };

    /// <summary>Writes the value's registers, high byte first unless the model turns them.</summary>
    public void Encode(double value, Span<byte> registers)
    {
        Span<byte> straight = stackalloc byte[8];
        switch (Type)
        {
            case "float32": BinaryPrimitives.WriteSingleBigEndian(straight, (float)Raw(value)); break;
            case "float64": BinaryPrimitives.WriteDoubleBigEndian(straight, Raw(value)); break;
            default: BinaryPrimitives.WriteInt64BigEndian(straight, (long)Whole(value) << (64 - 16 * Words)); break;
        }
        for (var word = 0; word < Words; word++)
        {
            var at = 2 * (LittleWords ? Words - 1 - word : word);
            registers[2 * word] = straight[at + (LittleBytes ? 1 : 0)];
            registers[2 * word + 1] = straight[at + (LittleBytes ? 0 : 1)];
        }
    }

    double Raw(double value) => Factor < 1 ? value * (double)(1 / Factor) : value / (double)Factor;

    double Scaled(double raw) => Factor < 1 ? raw / (double)(1 / Factor) : raw * (double)Factor;

    // A register shows the whole steps that are full; what lies beyond its type stands at the type's end.
    double Whole(double value)
    {
        var raw = Quantity.Info().Kind == QuantityKind.Counter
            ? Math.Floor(Raw(value) + 1e-6) : Math.Round(Raw(value), MidpointRounding.AwayFromZero);
        var (least, most) = Type switch
        {
            "int16" => (short.MinValue, short.MaxValue),
            "int32" => (int.MinValue, int.MaxValue),
            "uint16" => (0, ushort.MaxValue),
            "uint32" => (0, uint.MaxValue),
            _ => (0d, long.MaxValue),
        };
        return Math.Clamp(raw, least, most);
    }
}
