using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Notices;

/// <summary>Which months notices are due for, so that none is lost while the service is down.</summary>
public sealed class NoticeMonths(
    INoticeOutbox outbox, IQuotaStore quotas, ReportingCalendar calendar, TimeProvider clock)
{
    /// <summary>
    /// The months from the last one that notices were issued for to the last one that is over, oldest first. The first
    /// is among them because an institution may still lack its notice. Where none was ever issued: from the month in
    /// which the first quota was set, and the last month in any case.
    /// </summary>
    public async ValueTask<IReadOnlyList<NamedPeriod>> DueAsync(CancellationToken stop)
    {
        var last = FirstOfMonth(calendar.DayOf(clock.Now())).AddMonths(-1);
        var from = await outbox.LatestPeriodAsync(stop) is { } issued && calendar.TryName(issued, out var period)
            ? period.FirstDay
            : await FirstQuotaAsync(last, stop);
        var months = new List<NamedPeriod>();
        for (var month = from < last ? from : last; month <= last; month = month.AddMonths(1))
            months.Add(calendar.Named(month, Grain.Month));
        return months;
    }

    async ValueTask<DateOnly> FirstQuotaAsync(DateOnly last, CancellationToken stop)
    {
        var first = last;
        foreach (var year in new[] { last.Year - 1, last.Year })
            foreach (var quota in await quotas.InForceAsync(year, stop))
                if (FirstOfMonth(calendar.DayOf(quota.SetAt)) is var month && month < first)
                    first = month;
        return first;
    }

    static DateOnly FirstOfMonth(DateOnly day) => new(day.Year, day.Month, 1);
}
