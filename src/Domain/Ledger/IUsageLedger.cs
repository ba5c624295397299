using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Ledger;

/// <summary>
/// The usage ledger: hour cells and their day roll-ups. Computed anew from readings whenever a mark asks for it; writing the same
/// cells again changes nothing, not even a version. Exceptions travel to the job that called.
/// </summary>
public interface IUsageLedger
{
    /// <summary>
    /// Makes the hour cells of this series in the period exactly <paramref name="hours"/> (absent hours become unknown), with the
    /// findings of the same period, and rolls up the local days the period touches, in one transaction. The period must begin and
    /// end on local midnights.
    /// </summary>
    ValueTask ReplaceAsync(
        SeriesKey series, Period period, IReadOnlyList<UsageCell> hours, IReadOnlyList<UsageFinding> findings, CancellationToken stop);

    /// <summary>Hour cells of these meters with <c>Start</c> in the period, by series, then time.</summary>
    ValueTask<IReadOnlyList<UsageCell>> HoursAsync(IReadOnlyCollection<MeterId> meters, Period period, CancellationToken stop);

    /// <summary>Day cells of these meters for the local days that begin in the period, by series, then time.</summary>
    ValueTask<IReadOnlyList<UsageCell>> DaysAsync(IReadOnlyCollection<MeterId> meters, Period period, CancellationToken stop);

    /// <summary>Findings of these meters in the period, in time order.</summary>
    ValueTask<IReadOnlyList<UsageFinding>> FindingsAsync(IReadOnlyCollection<MeterId> meters, Period period, CancellationToken stop);
}

/// <summary>What the computation of usage had to decide: an event of a register, with the numbers that show it.</summary>
/// <param name="Code">One of <see cref="UsageFindingCodes"/>.</param>
/// <param name="Detail">The numbers, in words an officer can check.</param>
public sealed record UsageFinding(SeriesKey Series, Instant At, string Code, string Detail);

public static class UsageFindingCodes
{
    public const string Rollover = "ROLLOVER";
    public const string Reset = "RESET";
    public const string Replacement = "REPLACEMENT";
    public const string Dip = "DIP";
    public const string Spike = "SPIKE";
    public const string ZeroBurst = "ZERO_BURST";
    public const string Stuck = "STUCK";
    public const string Gap = "GAP";
    public const string Held = "HELD";
}
