using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Notices;

/// <summary>
/// When a delivery is tried again: after 1, 2, 4 … minutes, at most 6 hours apart, until 3 days of trying are over.
/// Counted in attempts rather than from the day of issue, so that a service that was down for a week does not give up
/// at its first try.
/// </summary>
public static class DeliverySchedule
{
    public static readonly TimeSpan First = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan Longest = TimeSpan.FromHours(6);
    public static readonly TimeSpan TryFor = TimeSpan.FromDays(3);

    /// <summary>How long a delivery waits whose channel is not set up.</summary>
    public static readonly TimeSpan Unready = TimeSpan.FromHours(1);

    /// <summary>The next attempt after this many that failed (1 or more), or null to give up.</summary>
    public static Instant? After(int failed, Instant now)
    {
        var waited = TimeSpan.Zero;
        for (var attempt = 1; attempt < failed; attempt++) waited += Pause(attempt);
        var next = Pause(failed);
        return waited + next <= TryFor ? now + next : null;
    }

    static TimeSpan Pause(int attempt) => attempt > 9
        ? Longest
        : TimeSpan.FromTicks(Math.Min(First.Ticks << (attempt - 1), Longest.Ticks));
}
