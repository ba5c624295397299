using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Quotas;

/// <summary>
/// How institutions stand against their quotas. Usage is read under the caliber the quota was set with.
/// </summary>
public sealed class QuotaFollowing(IQuotaStore quotas, IIndicatorStore indicators, ReportingCalendar calendar)
{
    /// <summary>Every quota in force for the year, against usage as far as it is known now.</summary>
    public async ValueTask<IReadOnlyList<QuotaProgress>> OfYearAsync(int year, CancellationToken stop)
    {
        var whole = calendar.Named(new DateOnly(year, 1, 1), Grain.Year);
        var january = calendar.Named(whole.FirstDay, Grain.Month);
        return await FollowAsync(year, [whole.Name, january.Name], values => ToDate(
            values.Find(value => value.Period == whole.Name), values.Find(value => value.Period == january.Name),
            whole.Period), stop);
    }

    /// <summary>
    /// Every quota in force for the year, against usage from January to the end of this month. Months are summed: a
    /// month without a value leaves the sum unknown for its days.
    /// </summary>
    public async ValueTask<IReadOnlyList<QuotaProgress>> ThroughMonthAsync(NamedPeriod month, CancellationToken stop)
    {
        var months = Enumerable.Range(1, month.FirstDay.Month)
            .Select(number => calendar.Named(new DateOnly(month.FirstDay.Year, number, 1), Grain.Month)).ToList();
        var names = months.ConvertAll(named => named.Name);
        return await FollowAsync(month.FirstDay.Year, names, values => Sum(values, months), stop);
    }

    async ValueTask<IReadOnlyList<QuotaProgress>> FollowAsync(
        int year, List<string> periods, Func<List<IndicatorValue>, UsedSoFar> used, CancellationToken stop)
    {
        var progress = new List<QuotaProgress>();
        foreach (var group in (await quotas.InForceAsync(year, stop)).GroupBy(quota => quota.CaliberId))
        {
            var values = await indicators.FindAsync(
                [.. group.Select(quota => quota.Institution).Distinct()], periods, group.Key,
                [.. group.Select(quota => quota.Indicator).Distinct()], stop);
            var found = values.ToLookup(value => (value.Scope, value.Indicator));
            progress.AddRange(group.Select(quota =>
                QuotaProgress.Of(quota, used([.. found[(quota.Institution, quota.Indicator)]]), calendar)));
        }
        return
        [
            .. progress.OrderBy(one => one.Quota.Institution, StringComparer.Ordinal)
                .ThenBy(one => one.Quota.Indicator, StringComparer.Ordinal),
        ];
    }

    // The year's coverage is that of its metered time. Where nothing was metered in January, usage of the year is not
    // known, however well the rest is covered.
    static UsedSoFar ToDate(IndicatorValue? value, IndicatorValue? january, Period year)
    {
        if (value is null) return new UsedSoFar(null, 0, year.From, MissingReason.NoData);
        var asOf = value.AsOf < year.To ? value.AsOf : year.To;
        return value.Value is null ? new UsedSoFar(null, value.Coverage, asOf, value.Reason)
            : january?.Value is null ? new UsedSoFar(null, 0, asOf, january?.Reason ?? MissingReason.NoData)
            : new UsedSoFar(value.Value, value.Coverage, asOf, null);
    }

    static UsedSoFar Sum(List<IndicatorValue> values, List<NamedPeriod> months)
    {
        var end = months[^1].Period.To;
        var known = values.Where(value => value.Value is not null).ToDictionary(value => value.Period);
        var why = values.Find(value => value.Reason is not null)?.Reason ?? MissingReason.NoData;
        if (known.Count == 0) return new UsedSoFar(null, 0, end, why);
        var covered = months.Sum(month =>
            (known.GetValueOrDefault(month.Name)?.Coverage ?? 0) * month.Period.Length.TotalHours);
        var coverage = covered / months.Sum(month => month.Period.Length.TotalHours);
        return new UsedSoFar(known.Values.Sum(value => value.Value!.Value), coverage, end, null);
    }
}
