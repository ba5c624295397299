using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Readings;

/// <summary>The number under which the registry and the stores know a meter. Never reused; the code is for people.</summary>
public readonly record struct MeterId(int Value);

/// <summary>One time series: a quantity of a meter.</summary>
public readonly record struct SeriesKey(MeterId Meter, Quantity Quantity);

/// <summary>
/// One finite value in its quantity's canonical unit at one instant (UTC milliseconds), with where it came from and what is
/// doubtful about it. A counter is the register as read: multipliers are applied once, when usage is computed.
/// Identity is (series, instant): writing it again is harmless, and the last write wins.
/// </summary>
public readonly record struct Reading(
    SeriesKey Series, Instant At, double Value, Provenance Provenance = Provenance.Measured, Doubt Doubt = Doubt.None);

/// <summary>Where a value came from. Stored by number: never renumber.</summary>
public enum Provenance : byte { Measured = 0, Manual = 1, Imported = 2, Derived = 3, Estimated = 4 }

/// <summary>What is doubtful about a reading. Stored by number: never renumber.</summary>
[Flags]
public enum Doubt : byte
{
    None = 0,
    /// <summary>The sender gave no time: the instant is when the reading arrived (or was asked for).</summary>
    ArrivalTime = 1,
    /// <summary>It arrived more than a day after its instant.</summary>
    Late = 2,
    /// <summary>Its instant lies ahead of our clock, within the tolerated skew.</summary>
    ClockAhead = 4,
    /// <summary>Outside what the meter can physically show; kept, and held when usage is computed.</summary>
    OutOfRange = 8,
}
