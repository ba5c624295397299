using EnergyWatch.Analytics.Jobs;
using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Api.Access;
using EnergyWatch.Api.Endpoints;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary>What needs a person today, worst first. A dead gateway is one entry, not one for each of its meters.</summary>
sealed class AttentionPart(IQuarantine quarantine, INoticeOutbox outbox, JobRegister jobs, VisibleRegistry visible, ReportingCalendar calendar)
{
    public async Task<IReadOnlyList<Attention>> OfAsync(
        IReadOnlyList<QuotaProgress> quotas, IReadOnlyDictionary<MeterId, MeterSight> sights, IReadOnlyList<string> deadGateways,
        IReadOnlyList<string> lowCoverage, CancellationToken stop)
    {
        var found = new List<Attention>();
        Add("over_quota", null, Institutions(quotas.Where(quota => quota.Status == QuotaStatus.Over)));
        Add("near_quota", null, Institutions(quotas.Where(quota => quota.Status == QuotaStatus.Near && InstitutionsPart.AheadOfPace(quota))));
        Add("offline_gateway", null, deadGateways);
        var dead = visible.Snapshot.Meters.Where(meter => sights.ContainsKey(meter.Id)
            && sights[meter.Id].State is MeterState.Offline or MeterState.Failing or MeterState.Never
            && !deadGateways.Contains(meter.Shown(visible.Today).Gateway)).ToList();
        Add("offline_meter", dead.Min(meter => sights[meter.Id].LastReadingAt), [.. dead.Select(meter => meter.Code)]);
        Add("low_coverage", null, lowCoverage);
        await AddUnsignedAsync(Add, stop);
        if (visible.Caller.Scope.IsCounty)
        {
            var refused = await quarantine.SummaryAsync(stop);
            if (refused.Count > 0) found.Add(new Attention("quarantine", refused.Count, refused.Oldest, refused.Sources));
            Add("job_failed", null, [.. (await jobs.ListAsync(stop)).Where(job => job.Failures > 0).Select(job => job.Name)]);
        }
        return found;

        void Add(string kind, Instant? since, IReadOnlyList<string> subjects)
        {
            if (subjects.Count > 0) found.Add(new Attention(kind, subjects.Count, since, subjects));
        }
    }

    async Task AddUnsignedAsync(Action<string, Instant?, IReadOnlyList<string>> add, CancellationToken stop)
    {
        var lastMonth = calendar.Named(visible.Today.AddMonths(-1), Grain.Month);
        var codes = visible.Snapshot.Institutions.Select(institution => institution.Code).ToList();
        var unsigned = new List<Notice>();
        foreach (var notice in await outbox.ListAsync(codes, lastMonth.Name, stop))
            if (await outbox.ReceiptAsync(notice.Id, stop) is null) unsigned.Add(notice);
        add("unsigned_notice", unsigned.Count == 0 ? null : unsigned.Min(notice => notice.IssuedAt), [.. unsigned.Select(notice => notice.Institution)]);
    }

    static IReadOnlyList<string> Institutions(IEnumerable<QuotaProgress> quotas) => [.. quotas.Select(progress => progress.Quota.Institution).Distinct()];
}
