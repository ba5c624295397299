using EnergyWatch.Domain.Indicators;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>When a number may be held against somebody: over quota, leader, leak.</summary>
public static class Verdict
{
    /// <summary>Below this coverage no verdict is given.</summary>
    public const double MinCoverage = 0.95;

    public static bool IsDue(double? value, double coverage) => value is not null && coverage >= MinCoverage;

    public static bool IsDue(IndicatorValue value) => IsDue(value.Value, value.Coverage);
}
