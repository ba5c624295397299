using System.Runtime.CompilerServices;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>The local day of instants that mostly fall on the same day: the calendar is asked once a day, not once a
/// reading. Thread-safe.</summary>
sealed class LocalDays(ReportingCalendar calendar)
{
    static readonly ConditionalWeakTable<ReportingCalendar, LocalDays> All = [];

    KnownDay _last = new(default, default);

    public static LocalDays Of(ReportingCalendar calendar) => All.GetValue(calendar, static key => new LocalDays(key));

    public DateOnly DayOf(Instant at)
    {
        var known = _last;
        if (known.Span.Contains(at)) return known.Day;
        var day = calendar.DayOf(at);
        // The first and the last day of the calendar have no neighbours to take their midnights from.
        if (day > DateOnly.MinValue && day < DateOnly.MaxValue.AddDays(-1))
            _last = new KnownDay(calendar.Day(day), day);
        return day;
    }

    sealed record KnownDay(Period Span, DateOnly Day);
}
