using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>
/// Up to which moment indicators count. The hour that is running is left out: its readings are still coming, and an
/// indicator would
/// lose coverage for nothing but being early.
/// </summary>
public sealed class IndicatorClock(TimeProvider time, ReportingCalendar calendar)
{
    public TimeProvider Time { get; } = time;
    public ReportingCalendar Calendar { get; } = calendar;

    /// <summary>The start of the running local hour.</summary>
    public Instant AsOf() => Calendar.HourOf(Time.Now());
}
