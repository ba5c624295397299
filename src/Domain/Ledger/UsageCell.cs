using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Ledger;

/// <summary>
/// Usage of one series in one step: a local hour, or a local day where it is rolled up. Multipliers are applied.
/// </summary>
/// <param name="Series">The counter (or interval) series that it was computed from.</param>
/// <param name="Start">Start of the step; its end is the start of the next local hour or day.</param>
/// <param name="Amount">Usage in the carrier's canonical unit, over the covered part of the step.</param>
/// <param name="Coverage">Share of the step, 0 to 1, over which usage is known. A step with coverage 0 has no cell: missing is never zero.</param>
/// <param name="Estimated">Share of <c>Amount</c>'s time, 0 to 1 of the covered part, that was spread over a gap.</param>
/// <param name="Version">Counts the times the stored cell changed, from 1. Set by the ledger.</param>
public readonly record struct UsageCell(
    SeriesKey Series, Instant Start, double Amount, double Coverage, double Estimated, int Version = 0);
