using EnergyWatch.Domain.Time;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Quartz;

namespace EnergyWatch.Analytics.Jobs;

/// <summary>
/// Brings the stored schedule in line with the plan, starts the scheduler when the service is up, and stops it within
/// bounds. A stored trigger whose schedule did not change is left as it is: its next date may lie in the past, and then
/// it is caught up, once.
/// </summary>
sealed class JobHost(
    ISchedulerFactory schedulers, JobPlan plan, JobOptions options, ReportingCalendar calendar, ILogger<JobHost> logger)
    : IHostedLifecycleService
{
    IScheduler? _scheduler;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _scheduler = await schedulers.GetScheduler(cancellationToken);
        if (!options.Run) return;
        foreach (var job in plan.All) await PlanAsync(_scheduler, job, cancellationToken);
        foreach (var gone in await GoneAsync(_scheduler, cancellationToken))
            await _scheduler.DeleteJob(gone, cancellationToken);
    }

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (options.Run && _scheduler is { } scheduler) await scheduler.Start(cancellationToken);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _scheduler, null) is not { } scheduler) return;
        using var limit = new CancellationTokenSource(options.StopWithin, scheduler.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await scheduler.Shutdown(waitForJobsToComplete: true, either.Token).AsTask().WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Said below: the scheduler may as well return quietly when it is cut short.
        }
        if (either.IsCancellationRequested) logger.StillRunning(options.StopWithin.TotalSeconds);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    async Task PlanAsync(IScheduler scheduler, JobDefinition job, CancellationToken stop)
    {
        var detail = JobBuilder.Create<JobRun>()
            .WithIdentity(job.Key).WithDescription(job.Title).StoreDurably().Build();
        await scheduler.AddJob(detail, AddJobOptions.Replacing, stop);
        var stored = await scheduler.GetTrigger(job.Trigger, stop) as ICronTrigger;
        if (stored?.CronExpressionString == job.Cron && stored.TimeZone.Id == calendar.Zone.Id) return;
        var schedule = CronScheduleBuilder.Create(job.Cron)
            .InTimeZone(calendar.Zone).WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed);
        var trigger = TriggerBuilder.Create(scheduler.TimeProvider)
            .WithIdentity(job.Trigger).ForJob(job.Key).WithSchedule(schedule).StartNow().Build();
        await scheduler.ScheduleTrigger(trigger, TriggerConflict.Replace, stop);
        logger.Scheduled(job.Name, job.Cron, calendar.Zone.Id);
    }

    async Task<List<JobKey>> GoneAsync(IScheduler scheduler, CancellationToken stop)
    {
        var stored = await scheduler.QueryJobs(
            new JobQuery { Group = GroupMatcher<JobKey>.GroupEquals(JobDefinition.Group), Take = 1000 }, stop);
        return [.. stored.Items.Select(job => job.Key).Where(key => plan.Find(key.Name) is null)];
    }
}
