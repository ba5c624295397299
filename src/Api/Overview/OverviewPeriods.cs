using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary>The calendar periods that the first screen speaks of, as seen from one moment.</summary>
sealed class OverviewPeriods
{
    const int MonthsShown = 24;

    public OverviewPeriods(ReportingCalendar calendar, Instant now)
    {
        Now = now;
        Day = calendar.Containing(now, Grain.Day);
        Month = calendar.Containing(now, Grain.Month);
        Year = calendar.Containing(now, Grain.Year);
        Months = [.. Enumerable.Range(0, MonthsShown).Select(back => calendar.Named(Month.FirstDay.AddMonths(-back), Grain.Month)).Reverse()];
    }

    public Instant Now { get; }
    public NamedPeriod Day { get; }
    public NamedPeriod Month { get; }
    public NamedPeriod Year { get; }

    /// <summary>The last 24 months, the current one last.</summary>
    public IReadOnlyList<NamedPeriod> Months { get; }

    public IReadOnlyCollection<string> Names => [Day.Name, Year.Name, .. Months.Select(month => month.Name)];
}
