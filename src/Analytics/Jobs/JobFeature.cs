using Microsoft.Extensions.DependencyInjection;
using Quartz;

namespace EnergyWatch.Analytics.Jobs;

/// <summary>
/// Scheduled work: Quartz on a persistent store of its own, one catch per run, missed dates caught up once.
/// </summary>
public static class JobFeature
{
    const string Scheduler = "energywatch";

    /// <summary>
    /// The scheduler and the register. What runs is added by <see cref="AddJob"/> and
    /// <see cref="StandardJobs.AddStandardJobs"/>.
    /// </summary>
    public static IServiceCollection AddJobs(this IServiceCollection services, JobOptions options)
    {
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = Scheduler;
                scheduler.IdleWaitTime = options.LookEvery;
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            });
            quartz.UseDefaultThreadPool(options.Concurrency);
            quartz.UsePersistentStore(store =>
            {
                store.UseSqlite(options.Store.Factory, options.Store.ConnectionString);
                store.ProvisionSchema();
                store.UseExecutionHistory();
                store.ConfigureStore(settings => settings.MisfireThreshold = options.MissedAfter);
            });
            quartz.AddJobType<JobRun>();
        });
        services.AddQuartzExecutionHistory(history =>
        {
            history.Retention = TimeSpan.FromDays(2);
            history.RetentionByResult[JobRunResult.Failed] = TimeSpan.FromDays(60);
            history.MaxEntriesPerJob = 200;
            history.MaxEntriesPerScheduler = 5000;
        });
        return services.AddSingleton(options).AddSingleton<JobPlan>().AddSingleton<JobRegister>()
            .AddHostedService<JobHost>();
    }

    public static IServiceCollection AddJob(this IServiceCollection services, JobDefinition job) =>
        services.AddSingleton(job);
}
