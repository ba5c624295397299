using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary>
/// Like-for-like changes against last year. Month and year are compared over whole days, today over whole hours; so they change once an
/// hour, and are computed once an hour for each scope.
/// </summary>
sealed class ChangesPart(ICalibers calibers, IUsageLedger ledger, ReportingCalendar calendar, ChangesCache cache)
{
    public Task<IReadOnlyDictionary<(string Indicator, string Period), Change>> OfAsync(
        string scope, Scope caller, RegistrySnapshot registry, OverviewPeriods periods, CancellationToken stop) =>
        cache.GetAsync(
            $"{scope} {caller.Text} {registry.Version} {calendar.HourOf(periods.Now)}", periods.Now, () => ComputeAsync(scope, registry, periods, stop));

    async Task<IReadOnlyDictionary<(string Indicator, string Period), Change>> ComputeAsync(
        string scope, RegistrySnapshot registry, OverviewPeriods periods, CancellationToken stop)
    {
        var found = new Dictionary<(string, string), Change>();
        foreach (var period in new[] { periods.Month, periods.Year })
            await AddAsync(found, scope, registry, YearOnYear.Moments(calendar, period, periods.Now), ledger.DaysAsync, stop);
        await AddAsync(found, scope, registry, HoursOfToday(periods), HoursAsDaysAsync, stop);
        return found;
    }

    ((NamedPeriod Period, Instant AsOf) Now, (NamedPeriod Period, Instant AsOf) Before) HoursOfToday(OverviewPeriods periods)
    {
        var before = calendar.Named(periods.Day.FirstDay.AddYears(-1), Grain.Day);
        var elapsed = calendar.HourOf(periods.Now) - periods.Day.Period.From;
        return ((periods.Day, periods.Day.Period.From + elapsed), (before, before.Period.From + elapsed));
    }

    async Task AddAsync(
        Dictionary<(string, string), Change> found, string scope, RegistrySnapshot registry,
        ((NamedPeriod Period, Instant AsOf) Now, (NamedPeriod Period, Instant AsOf) Before) moments, ReadCells read, CancellationToken stop)
    {
        var now = await EvaluateAsync(scope, registry, moments.Now, read, stop);
        var before = await EvaluateAsync(scope, registry, moments.Before, read, stop);
        foreach (var value in now)
        {
            var change = YearOnYear.Compare(value, before.First(one => one.Indicator == value.Indicator));
            found[(value.Indicator, moments.Now.Period.Name)] = new Change(
                change.Reason is null ? change.Change : null, change.Reason, moments.Before.Period.Period.From, moments.Before.AsOf);
        }
    }

    async Task<IReadOnlyList<IndicatorValue>> EvaluateAsync(
        string scope, RegistrySnapshot registry, (NamedPeriod Period, Instant AsOf) moment, ReadCells read, CancellationToken stop)
    {
        var evaluation = new Evaluation(registry, calendar, calibers.Default, moment.Period, moment.AsOf);
        var elapsed = new Period(moment.Period.Period.From, moment.AsOf);
        var usage = new DayUsage(await read([.. registry.Meters.Select(meter => meter.Id)], elapsed, stop), calendar);
        // The figure of an institution is its own, without those below it; so is its change.
        var members = registry.Institution(scope) is { } one ? [one] : registry.Institutions;
        return DualControlIndicators.Evaluate(
            evaluation, scope, [.. members.Select(institution => InstitutionFigures.Of(evaluation, institution, usage))], DualControlIndicators.TotalKeys);
    }

    // The hours that went by, put together to one cell of their day: its coverage is that of the whole day, as day cells have it.
    async ValueTask<IReadOnlyList<UsageCell>> HoursAsDaysAsync(IReadOnlyCollection<MeterId> meters, Period elapsed, CancellationToken stop)
    {
        var day = calendar.Day(calendar.DayOf(elapsed.From));
        var hours = await ledger.HoursAsync(meters, elapsed, stop);
        return [.. hours.GroupBy(hour => hour.Series).Select(series =>
        {
            var covered = series.Sum(hour => hour.Coverage);
            return new UsageCell(
                series.Key, day.From, series.Sum(hour => hour.Amount), covered / day.Length.TotalHours,
                covered > 0 ? series.Sum(hour => hour.Coverage * hour.Estimated) / covered : 0);
        })];
    }

    delegate ValueTask<IReadOnlyList<UsageCell>> ReadCells(IReadOnlyCollection<MeterId> meters, Period period, CancellationToken stop);
}
