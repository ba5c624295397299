using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Analytics.Jobs;
using EnergyWatch.Analytics.Notices;
using EnergyWatch.Analytics.Usage;
using EnergyWatch.Api.Configuration;
using EnergyWatch.Store.Sqlite;

namespace EnergyWatch.Api.Hosting;

/// <summary>
/// What turns readings into usage, indicators, quotas and notices. The api role needs it to show and to ask; only the analytics role runs
/// the jobs.
/// </summary>
static class AnalyticsFeature
{
    public static IServiceCollection AddAnalytics(this IServiceCollection services, AppConfig config) => services
        .AddUsage()
        .AddDualControl(config.Calibers)
        .AddQuotaNotices(config.Notices)
        .AddJobs(new JobOptions { Store = SchedulerFile(config), Run = config.Roles.HasFlag(Roles.Analytics) })
        .AddStandardJobs()
        .AddSingleton<Health.IReadinessCheck, Health.WorkReadiness>();

    static JobStoreOptions SchedulerFile(AppConfig config) =>
        new(SqliteNative.Factory, SqliteNative.ConnectionString(new StoreOptions(config.Data).SchedulerFile));
}
