using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Quotas;

/// <summary>Where an institution stands against its quota. Judged on unrounded numbers: 79.99 % is not 80 %.</summary>
public enum QuotaStatus
{
    /// <summary>No verdict: usage is not known well enough, or there is nothing to compare with.</summary>
    Unknown = 0,
    Within = 1,
    /// <summary>80 % of the year's quota or more is used.</summary>
    Near = 2,
    /// <summary>100 % or more is used.</summary>
    Over = 3,
}

/// <summary>
/// Usage since the year began, in the quota's unit, as far as it is known at <paramref name="AsOf"/>.
/// </summary>
/// <param name="Amount">Null exactly when <paramref name="Reason"/> is not.</param>
/// <param name="Coverage">Share, 0 to 1, of the elapsed time over which usage is known.</param>
public sealed record UsedSoFar(double? Amount, double Coverage, Instant AsOf, string? Reason);

/// <summary>How an institution's usage stands against its quota and against the pace of the year.</summary>
/// <param name="Share">Used over the year's quota; null where usage is unknown.</param>
/// <param name="PaceShare">Share of the quota that was expected to be used by then.</param>
/// <param name="Exhausted">
/// The day by which the quota will be used up if usage keeps its ratio to the pace; where it is used up already, the
/// last day looked at. Null where it lasts, or without a verdict.
/// </param>
/// <param name="Reason">Why there is no verdict: one of <see cref="MissingReason"/>; null where there is one.</param>
public sealed record QuotaProgress(
    Quota Quota, UsedSoFar Used, double? Share, double PaceShare, QuotaStatus Status, DateOnly? Exhausted,
    string? Reason)
{
    const decimal NearFrom = 0.8m;
    const double BeyondDecimals = 1e15;

    public static QuotaProgress Of(Quota quota, UsedSoFar used, ReportingCalendar calendar)
    {
        var pace = MonthlyPace.ExpectedAt(quota.Pace, quota.Year, used.AsOf, calendar);
        var share = used.Amount is { } known && quota.Amount > 0 ? known / quota.Amount : (double?)null;
        if (WhyNoVerdict(quota, used) is { } reason)
            return new(quota, used, share, pace, QuotaStatus.Unknown, null, reason);
        var status = Judge(used.Amount!.Value, quota.Amount);
        return new(quota, used, share, pace, status, ExhaustedOn(quota, used, share!.Value, pace, calendar), null);
    }

    static string? WhyNoVerdict(Quota quota, UsedSoFar used) =>
        used.Amount is null ? used.Reason ?? MissingReason.NoData
        : used.Coverage < Verdict.MinCoverage ? MissingReason.LowCoverage
        : quota.Amount > 0 ? null
        : MissingReason.BaseZero;

    // Decimal, because 80 % of a round quota must be reached by exactly that usage, which binary fractions miss by an
    // ulp. A garbage register can be more than a decimal holds; it has no such digits to lose.
    static QuotaStatus Judge(double used, double quota)
    {
        if (used < BeyondDecimals && quota < BeyondDecimals) return Judge((decimal)used, (decimal)quota);
        return used >= quota ? QuotaStatus.Over
            : used >= (double)NearFrom * quota ? QuotaStatus.Near
            : QuotaStatus.Within;
    }

    static QuotaStatus Judge(decimal used, decimal quota) =>
        used >= quota ? QuotaStatus.Over : used >= NearFrom * quota ? QuotaStatus.Near : QuotaStatus.Within;

    static DateOnly? ExhaustedOn(Quota quota, UsedSoFar used, double share, double pace, ReportingCalendar calendar)
    {
        if (share >= 1) return calendar.DayOf(used.AsOf - TimeSpan.FromMilliseconds(1));
        return share > pace && pace > 0 ? MonthlyPace.DayReaching(quota.Pace, quota.Year, pace / share) : null;
    }
}
