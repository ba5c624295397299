using EnergyWatch.Domain.Ledger;

namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// What one series used in a window of whole local days: its hour cells in time order, and what had to be decided on
/// the way.
/// </summary>
public sealed record UsageOfSeries(IReadOnlyList<UsageCell> Hours, IReadOnlyList<UsageFinding> Findings);
