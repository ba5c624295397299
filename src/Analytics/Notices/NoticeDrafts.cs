using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Notices;

/// <summary>What a notice to one institution would say about a month, and where it would go.</summary>
/// <param name="Ready">
/// False where a figure of the month was last computed before the month was over, as after days of downtime.
/// </param>
sealed record NoticeDraft(
    Institution Institution, string Name, NamedPeriod Month, IReadOnlyList<NoticeRow> Rows,
    IReadOnlyList<NoticeDenominator> Denominators, string Caliber, IReadOnlyList<NoticeAddress> Addresses, bool Ready);

/// <summary>Loads the drafts of a month: one per institution that has a quota in its year.</summary>
sealed class NoticeDrafts(
    IRegistry registry, QuotaFollowing following, IIndicatorStore indicators, ICalibers calibers,
    ReportingCalendar calendar)
{
    public async ValueTask<IReadOnlyList<NoticeDraft>> LoadAsync(NamedPeriod month, CancellationToken stop)
    {
        var snapshot = registry.Current;
        var drafts = new List<NoticeDraft>();
        var progress = await following.ThroughMonthAsync(month, stop);
        var inMonth = await InMonthAsync(progress, month, stop);
        foreach (var group in progress.GroupBy(one => one.Quota.Institution))
        {
            if (snapshot.Institution(group.Key) is not { } institution) continue;
            var values = group.Select(one => (one, inMonth.GetValueOrDefault(Key(one.Quota)))).ToList();
            drafts.Add(Draft(institution, month, values, snapshot));
        }
        return drafts;
    }

    public ReportingCalendar Calendar => calendar;

    async ValueTask<Dictionary<(string, string, string), IndicatorValue>> InMonthAsync(
        IReadOnlyList<QuotaProgress> progress, NamedPeriod month, CancellationToken stop)
    {
        var found = new Dictionary<(string, string, string), IndicatorValue>();
        foreach (var group in progress.Select(one => one.Quota).GroupBy(quota => quota.CaliberId))
        {
            var values = await indicators.FindAsync(
                [.. group.Select(quota => quota.Institution).Distinct()], [month.Name], group.Key,
                [.. group.Select(quota => quota.Indicator).Distinct()], stop);
            foreach (var value in values) found[(value.Scope, value.Indicator, value.CaliberId)] = value;
        }
        return found;
    }

    static (string, string, string) Key(Quota quota) => (quota.Institution, quota.Indicator, quota.CaliberId);

    static NoticeRow Row(QuotaProgress progress, IndicatorValue? inMonth) => new(
        progress.Quota.Indicator, progress.Quota.Amount, progress.Quota.Version, inMonth?.Value, progress.Used.Amount,
        progress.Share, progress.PaceShare, progress.Used.Coverage, progress.Status, progress.Exhausted,
        progress.Quota.Basis);

    NoticeDraft Draft(
        Institution institution, NamedPeriod month, List<(QuotaProgress Progress, IndicatorValue? InMonth)> values,
        RegistrySnapshot snapshot)
    {
        var caliberIds = values.Select(value => value.Progress.Quota.CaliberId).Distinct().ToList();
        var lastDay = month.FirstDay.AddMonths(1).AddDays(-1);
        var named = caliberIds.Select(id => calibers.Find(id) is { } caliber ? $"{caliber.Title}（{id}）" : id);
        var rule = (calibers.Find(caliberIds[0]) ?? calibers.Default).Denominators;
        return new NoticeDraft(
            institution, institution.Shown(lastDay).Name, month,
            [.. values.Select(value => Row(value.Progress, value.InMonth))],
            [.. Denominators(institution, lastDay, rule)], string.Join("；", named),
            [.. snapshot.Addresses.Where(address => address.Institution == institution.Code)],
            values.TrueForAll(value => IsReady(value.InMonth, month)));
    }

    // Nothing known is ready as well: it is said with a dash. Figures of a caliber that is not computed any more stay
    // as they are for ever, so nobody waits for them.
    bool IsReady(IndicatorValue? value, NamedPeriod month) =>
        value is null || value.AsOf >= month.Period.To || value.CaliberId != calibers.Default.Id;

    static IEnumerable<NoticeDenominator> Denominators(Institution institution, DateOnly day, DenominatorRule rule)
    {
        if (institution.Areas.At(day) is { } area) yield return new("建筑面积", area.Value.FloorM2, "m²", area.ValidFrom);
        var heads = institution.HeadCounts
            .Select(entry => (Fact: entry.Value.At(day), Weight: rule.HeadWeights.GetValueOrDefault(entry.Key)))
            .Where(entry => entry.Fact is not null && entry.Weight > 0).ToList();
        if (heads.Count > 0)
            yield return new("用能人数", heads.Sum(entry => entry.Fact!.Value * entry.Weight), "人",
                heads.Max(entry => entry.Fact!.ValidFrom));
    }
}
