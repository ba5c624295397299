namespace EnergyWatch.Domain.Readings;

/// <summary>
/// What a reading measures. Each has exactly one canonical unit (<see cref="Quantities"/>): behind the pipeline there is no other.
/// Stored by number: never renumber, only add.
/// </summary>
public enum Quantity : byte
{
    EnergyImport = 1,
    EnergyExport = 2,
    Power = 3,
    Volume = 4,
    Flow = 5,
    Heat = 6,
    VoltageL1 = 7,
    VoltageL2 = 8,
    VoltageL3 = 9,
    CurrentL1 = 10,
    CurrentL2 = 11,
    CurrentL3 = 12,
    PowerFactor = 13,
    Frequency = 14,
    PvPower = 15,
    PvEnergy = 16,
    Irradiance = 17,
    ModuleTemperature = 18,
    AmbientTemperature = 19,
    EnergyInterval = 20,
    VolumeInterval = 21,
    /// <summary>Of all inputs of an inverter together.</summary>
    DcPower = 22,
    DcVoltage1 = 23,
    DcVoltage2 = 24,
    DcVoltage3 = 25,
    DcVoltage4 = 26,
    DcVoltage5 = 27,
    DcCurrent1 = 28,
    DcCurrent2 = 29,
    DcCurrent3 = 30,
    DcCurrent4 = 31,
    DcCurrent5 = 32,
    DcPower1 = 33,
    DcPower2 = 34,
    DcPower3 = 35,
    DcPower4 = 36,
    DcPower5 = 37,
}

/// <summary>How the values of a quantity relate to usage.</summary>
public enum QuantityKind
{
    /// <summary>A register that only grows: usage is the difference of two readings.</summary>
    Counter,
    /// <summary>A momentary value.</summary>
    Gauge,
    /// <summary>Usage of one interval, stamped at its start; its length is the meter's.</summary>
    Interval,
}
