using EnergyWatch.Simulator.County;
using EnergyWatch.Simulator.Sky;

namespace EnergyWatch.Simulator.Metering;

/// <summary>A counting register: behind the transformer, in hundredths, and beginning again at 0 where it has an end.</summary>
sealed class Register(MeterPlan meter)
{
    readonly double _multiplier = meter.Wiring.Multiplier;
    readonly double _start = StartOf(meter);
    readonly long? _hundredths = meter.Wiring.RegisterMax is { } max ? (long)Math.Round(max * 100, MidpointRounding.AwayFromZero) + 1 : null;

    /// <summary>What the register shows when this much has flowed through since it was installed, in register units.</summary>
    public double After(double amount) => Shown(_start + amount / _multiplier);

    /// <summary>The same for the register that replaced it.</summary>
    public double AfterReplacement(double amount) => Shown(Faults.NewRegisterStart + amount / _multiplier);

    double Shown(double units)
    {
        var hundredths = (long)Math.Floor(units * 100 + 1e-6);
        return (_hundredths is { } turn ? hundredths % turn : hundredths) / 100.0;
    }

    static double StartOf(MeterPlan meter) =>
        meter.Wiring.StartReading > 0 ? meter.Wiring.StartReading
        : Math.Floor(Noise.Unit(Noise.Stream($"{meter.Code}/start"), 0) * 2_000_000) / 100;
}
