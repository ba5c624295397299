namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// A register value at a moment (UTC milliseconds), in register units: a reading, or an end of a replaced register.
/// </summary>
/// <param name="Estimated">Somebody put it there for want of a reading: what is counted up to it and from it is
/// estimated.</param>
readonly record struct RegisterPoint(long At, double Value, bool Estimated = false);

/// <summary>A reading that was passed over and why, in one of the <c>UsageFindingCodes</c>.</summary>
readonly record struct Decision(long At, string Code, string Detail);
