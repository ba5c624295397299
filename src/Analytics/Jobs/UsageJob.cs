using System.Runtime.ExceptionServices;
using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Analytics.Usage;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Jobs;

/// <summary>
/// Usage of what is marked, and the indicators after it. The first run of a process takes the indicators from January
/// of last year on: a process that was killed between the two forgot which days it owed.
/// </summary>
public sealed class UsageJob(
    UsageRecompute usage, IndicatorRecompute indicators, ReportingCalendar calendar, TimeProvider clock)
{
    bool _caughtUp;

    public async Task<string> RunAsync(CancellationToken stop)
    {
        var used = await usage.RunAsync(stop);
        var found = _caughtUp
            ? await indicators.RunAsync(used.Touched, stop)
            : await indicators.RunAllAsync(JanuaryOfLastYear, stop);
        _caughtUp = true;
        Report(used);
        return $"{used.Marks} marks, {used.Failed} meters failed, {found.Values} indicators of {found.Periods} periods";
    }

    /// <summary>
    /// Usage, then every indicator from the first of last month on: what changed in the registry reaches figures nobody
    /// touched.
    /// </summary>
    public Task<string> CloseDayAsync(CancellationToken stop) => FromAsync(FirstOfThisMonth.AddMonths(-1), stop);

    /// <summary>Usage, then every indicator from January of last year on.</summary>
    public Task<string> CloseMonthAsync(CancellationToken stop) => FromAsync(JanuaryOfLastYear, stop);

    DateOnly Today => calendar.DayOf(clock.Now());

    DateOnly FirstOfThisMonth => new(Today.Year, Today.Month, 1);

    DateOnly JanuaryOfLastYear => new(Today.Year - 1, 1, 1);

    async Task<string> FromAsync(DateOnly first, CancellationToken stop)
    {
        var used = await usage.RunAsync(stop);
        var found = await indicators.RunAllAsync(first, stop);
        Report(used);
        return $"{used.Marks} marks, {used.Failed} meters failed, {found.Values} indicators of {found.Periods} periods";
    }

    // Only now: what usage had settled before its fault is not marked any more, and its indicators would be forgotten.
    static void Report(UsageRun used)
    {
        if (used.Fault is { } fault) ExceptionDispatchInfo.Throw(fault);
    }
}
