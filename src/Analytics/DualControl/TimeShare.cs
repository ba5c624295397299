namespace EnergyWatch.Analytics.DualControl;

/// <summary>
/// Metered time in milliseconds: how much of it went by, over how much of that usage is known, and how much of that is
/// estimated.
/// Adds up over meters and days, so that coverage is the time share over all of them.
/// </summary>
public readonly record struct TimeShare(double Elapsed, double Covered, double Estimated)
{
    /// <summary>0 to 1; 0 where no time went by.</summary>
    public double Coverage => Elapsed > 0 ? Math.Min(1, Covered / Elapsed) : 0;

    /// <summary>0 to 1 of the covered part.</summary>
    public double EstimatedShare => Covered > 0 ? Math.Min(1, Estimated / Covered) : 0;

    public static TimeShare operator +(TimeShare a, TimeShare b) =>
        new(a.Elapsed + b.Elapsed, a.Covered + b.Covered, a.Estimated + b.Estimated);
}
