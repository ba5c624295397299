using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// What a meter can physically show, in the canonical unit, both ends included. Wide on purpose: outside it a value is
/// kept and marked, inside it nothing is claimed. Whether a counter's step is plausible is decided where usage is
/// computed, not here.
/// </summary>
readonly record struct PlausibleRange(double Least, double Most)
{
    /// <summary>Circuits carry more than their rating for a while.</summary>
    const double Overload = 1.5;

    public bool Contains(double value) => value >= Least && value <= Most;

    public static PlausibleRange Of(Quantity quantity, MeterFacts facts) => quantity switch
    {
        // A register counts up from 0 and begins again after its largest value.
        Quantity.EnergyImport or Quantity.EnergyExport or Quantity.Volume or Quantity.Heat or Quantity.PvEnergy =>
            new(0, facts.RegisterMax ?? double.MaxValue),
        // A meter may show primary or secondary values; held against the primary rating only the certain ones stand
        // out.
        Quantity.Power or Quantity.Flow => Around(facts.RatedPowerKw * Overload),
        // At night an inverter draws a little.
        Quantity.PvPower => Around(facts.RatedPowerKw * Overload),
        // Strings end at 1,500 V; an input that is open floats around 0.
        >= Quantity.DcVoltage1 and <= Quantity.DcVoltage5 => new(-50, 2_000),
        >= Quantity.DcCurrent1 and <= Quantity.DcCurrent5 => new(-1_000, 1_000),
        // What is left of the DC side. Panels may be rated well above the inverter.
        >= Quantity.DcPower and <= Quantity.DcPower5 => Around(facts.RatedPowerKw * Overload * Overload),
        Quantity.EnergyInterval or Quantity.VolumeInterval =>
            new(0, facts.RatedPowerKw * Overload * facts.IntervalS / 3600 ?? double.MaxValue),
        // Up to the highest grid voltage, and any current a bus bar takes; current may carry a direction.
        Quantity.VoltageL1 or Quantity.VoltageL2 or Quantity.VoltageL3 => new(0, 1_000_000),
        Quantity.CurrentL1 or Quantity.CurrentL2 or Quantity.CurrentL3 => new(-100_000, 100_000),
        Quantity.PowerFactor => new(-1, 1),
        // 0 is a dead supply; generators run from 40 to 70.
        Quantity.Frequency => new(0, 70),
        // Pyranometers go a little below 0 at night; broken clouds add to the 1,361 of the sun.
        Quantity.Irradiance => new(-20, 2_000),
        Quantity.ModuleTemperature => new(-60, 130),
        Quantity.AmbientTemperature => new(-60, 70),
        _ => new(double.MinValue, double.MaxValue),
    };

    static PlausibleRange Around(double? most) =>
        most is { } end ? new(-end, end) : new(double.MinValue, double.MaxValue);
}
