using System.Diagnostics;
using EnergyWatch.Ingest.Modbus.Maps;
using Xunit.Abstractions;

namespace EnergyWatch.Ingest.Tests.Modbus.Fuzz;

/// <summary>
/// Seeded points of every kind over seeded registers: the decoder never throws, gives what the registers stand for and nothing else, and
/// what is no number, a sentinel or out of bounds is no value. ENERGYWATCH_FUZZ is the number of registers decoded.
/// </summary>
public sealed class RegisterDecoderFuzzTests(ITestOutputHelper output)
{
    const int Seed = 20261120;
    const int RegistersOfEach = 16;
    const double Precision = 1e-11;
    // Near the ends of what a double holds, a step between may leave it.
    const double TooLarge = 1e280;
    const double Nothing = 1e-280;

    static readonly int Rounds = FuzzRounds.Or(150_000);

    [Fact]
    public void Any_registers_of_any_point_are_the_value_they_stand_for_or_none()
    {
        var random = new Random(Seed);
        var watch = Stopwatch.StartNew();
        var seen = new int[Enum.GetValues<Decoded>().Length];
        var types = new int[Enum.GetValues<RegisterType>().Length];
        var any = new AnyPoint(random);
        for (var round = 0; round < Rounds; round++)
        {
            if (round % RegistersOfEach == 0) any = new AnyPoint(random);
            var (point, registers) = (any.Point, any.Registers(random));
            var decoded = RegisterDecoder.Decode(point, registers, out var value);
            seen[(int)decoded]++;
            if (decoded == Decoded.Value) types[(int)point.Format.Type]++;
            if (Objection(any, registers, decoded, value) is { } wrong)
                Assert.Fail($"seed {Seed}, round {round}: {point} of {Convert.ToHexString(registers)} is {decoded} {value}: {wrong}");
            Assert.Equal(decoded is Decoded.Value or Decoded.Missing, RegisterDecoder.Fault(point, registers) is null);
        }
        output.WriteLine($"{Rounds} registers in {watch.Elapsed.TotalSeconds:0.0} s: {string.Join(", ", seen.Select((count, i) => $"{count} {(Decoded)i}"))}");
        Assert.All(seen, count => Assert.True(count > Rounds / 2000, $"{count} of {Rounds}"));
        Assert.All(types, count => Assert.True(count > Rounds / 2000, $"{count} values of a type in {Rounds}"));
    }

    static string? Objection(AnyPoint any, byte[] registers, Decoded decoded, double value)
    {
        if (!double.IsFinite(value)) return "not a number";
        if (decoded == Decoded.Value && !any.Point.Plausible.Holds(value)) return "not plausible";
        if (decoded is Decoded.Missing or Decoded.Displaced or Decoded.UnknownUnit && value != 0) return "a value where there is none";
        if (any.Expected(registers, out var size) is not { } expected) return decoded == Decoded.Value ? "there is no value" : null;
        if (size > TooLarge) return null;
        var near = size * Precision + Nothing;
        var (least, most) = (any.Point.Plausible.Min, any.Point.Plausible.Max);
        if (decoded is Decoded.Value or Decoded.Implausible && Math.Abs(value - expected) > near) return $"it is {expected}";
        if (decoded == Decoded.Value) return null;
        return decoded == Decoded.Implausible && (expected <= least + near || expected >= most - near) ? null : $"it is {expected}";
    }
}
