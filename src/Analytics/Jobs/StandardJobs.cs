using EnergyWatch.Analytics.Notices;
using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Domain.Time;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Analytics.Jobs;

/// <summary>The jobs of the service and when they run (contract, section 6).</summary>
public static class StandardJobs
{
    /// <summary>Who is written into the audit where a job did it: this and the job's name.</summary>
    public const string Actor = "job";

    /// <summary>They expect usage, dual control, quotas and notices to be added as well.</summary>
    public static IServiceCollection AddStandardJobs(this IServiceCollection services) => services
        .AddSingleton<UsageJob>()
        .AddJob(new("usage", "计算用量和指标", "0 * * * * ?", (found, stop) => Usage(found).RunAsync(stop)))
        .AddJob(new("daily-close", "日结", "0 20 0 * * ?", (found, stop) => Usage(found).CloseDayAsync(stop)))
        .AddJob(new("monthly-indicators", "月结", "0 0 1 1 * ?", (found, stop) => Usage(found).CloseMonthAsync(stop)))
        // Often, so that a county sees its quotas soon after its first import; where none is missing it does nothing.
        .AddJob(new("quotas", "补设年度定额", "30 0/5 * * * ?", QuotasAsync))
        // Daily, though there is something to issue on the 1st only: what that day could not issue is not lost.
        .AddJob(new("quota-notices", "签发月度定额通知", "0 0 8 * * ?", NoticesAsync))
        .AddJob(new("delivery", "投递通知", "0 * * * * ?", DeliveryAsync));

    static async Task<string> QuotasAsync(IServiceProvider services, CancellationToken stop)
    {
        var year = Today(services).Year;
        var outcome = await services.GetRequiredService<QuotaSetting>().SetMissingAsync(year, $"{Actor}:quotas", stop);
        return $"{year}: {outcome.Set.Count} set, {outcome.Skipped.Count} without a base";
    }

    static async Task<string> NoticesAsync(IServiceProvider services, CancellationToken stop)
    {
        var issuing = services.GetRequiredService<NoticeIssuing>();
        var said = new List<string>();
        foreach (var month in await services.GetRequiredService<NoticeMonths>().DueAsync(stop))
        {
            var outcome = await issuing.IssueAsync(month, stop);
            said.Add($"{month.Name}: {outcome.Issued.Count} issued, {outcome.Known} issued before, "
                + $"{outcome.Unreachable.Count} without an address");
            if (outcome.Unready.Count == 0) continue;
            // A later month would be taken for the last one issued, and this one would never be made good.
            said.Add($"{outcome.Unready.Count} wait for their figures of {month.Name}");
            break;
        }
        return string.Join("; ", said);
    }

    static async Task<string> DeliveryAsync(IServiceProvider services, CancellationToken stop)
    {
        var outcome = await services.GetRequiredService<NoticeDelivery>().RunAsync(stop);
        return $"{outcome.Delivered} delivered, {outcome.Waiting} waiting, {outcome.GivenUp} given up";
    }

    static UsageJob Usage(IServiceProvider services) => services.GetRequiredService<UsageJob>();

    static DateOnly Today(IServiceProvider services) =>
        services.GetRequiredService<ReportingCalendar>().DayOf(services.GetRequiredService<TimeProvider>().Now());
}
