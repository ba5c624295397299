using EnergyWatch.Domain.Time;
using Quartz;
using Quartz.Extensibility;

namespace EnergyWatch.Analytics.Jobs;

/// <summary>One run of a job. Null outcomes do not exist: a run that is not over is not a last run.</summary>
/// <param name="Outcome"><c>succeeded</c>, <c>failed</c> or <c>cancelled</c>.</param>
/// <param name="Message">What the job said it did, or what went wrong.</param>
public sealed record JobRunRecord(string Job, Instant Start, Instant End, string Outcome, string? Message);

/// <summary>A job as it is shown.</summary>
/// <param name="Schedule">Its cron expression, in the reporting zone.</param>
/// <param name="LastRun">Null where it never ran.</param>
/// <param name="NextRun">Null where nothing is planned.</param>
/// <param name="Failures">Runs that failed in a row, up to the last one.</param>
public sealed record JobState(
    string Name, string Title, string Schedule, bool Running, JobRunRecord? LastRun, Instant? NextRun, int Failures);

/// <summary>
/// The jobs with their last and next run, and running them by hand. It reads the scheduler's store, so it tells the
/// same in every process that shares it and after a restart.
/// </summary>
public sealed class JobRegister(ISchedulerFactory schedulers, IExecutionHistoryStore history, JobPlan plan)
{
    public async Task<IReadOnlyList<JobState>> ListAsync(CancellationToken stop)
    {
        var scheduler = await schedulers.GetScheduler(stop);
        var keys = plan.All.Select(job => job.Key).ToList();
        var triggers = (await scheduler.GetTriggers([.. plan.All.Select(job => job.Trigger)], stop))
            .ToDictionary(trigger => trigger.Key);
        var running = await scheduler.QueryFireInstances(
            new FireInstanceQuery { State = FireInstanceState.Executing, Take = 1000 }, stop);
        var last = await history.QueryJobRunStatuses(
            new JobRunStatusQuery { SchedulerName = scheduler.SchedulerName, Jobs = keys, Take = 1000 }, stop);
        return [.. plan.All.Select(job => State(
            job, running.Items.Any(fire => job.Key.Equals(fire.JobKey)),
            last.Items.FirstOrDefault(status => status.Job.Equals(job.Key)),
            triggers.GetValueOrDefault(job.Trigger)?.NextFireTimeUtc))];
    }

    /// <summary>The latest runs, newest first; of one job, or of all.</summary>
    public async Task<IReadOnlyList<JobRunRecord>> RecentAsync(string? job, int limit, CancellationToken stop)
    {
        var scheduler = await schedulers.GetScheduler(stop);
        var query = new ExecutionHistoryQuery { SchedulerName = scheduler.SchedulerName, Take = limit };
        if (job is not null) query = query with { Job = new JobKey(job, JobDefinition.Group) };
        var page = await history.QueryExecutions(query, stop);
        return [.. page.Items.Select(run => new JobRunRecord(
            run.JobName, Instant.From(run.FiredAtUtc), Instant.From(run.FiredAtUtc + run.Duration),
            Outcome(run.EffectiveResult),
            run.Summary ?? run.ExceptionMessage))];
    }

    /// <summary>
    /// Asks for a run as soon as possible; false where there is no such job. A job that is running runs once more after
    /// it; asking again before that changes nothing.
    /// </summary>
    public async Task<bool> RunNowAsync(string name, CancellationToken stop)
    {
        if (plan.Find(name) is not { } job) return false;
        var scheduler = await schedulers.GetScheduler(stop);
        var trigger = TriggerBuilder.Create(scheduler.TimeProvider)
            .WithIdentity(job.ByHand).ForJob(job.Key).StartNow().Build();
        await scheduler.ScheduleTrigger(trigger, TriggerConflict.Keep, stop);
        return true;
    }

    static JobState State(JobDefinition job, bool running, JobRunStatus? last, DateTimeOffset? next) => new(
        job.Name, job.Title, job.Cron, running,
        last is null ? null : new JobRunRecord(
            job.Name, Instant.From(last.LastFiredAtUtc), Instant.From(last.LastFiredAtUtc + last.LastDuration),
            Outcome(last.LastResult),
            last.LastSummary ?? (last.LastResult == JobRunResult.Failed ? last.LastFailureMessage : null)),
        next is { } at ? Instant.From(at) : null, last?.ConsecutiveFailures ?? 0);

    static string Outcome(JobRunResult result) => result switch
    {
        JobRunResult.Failed => "failed",
        JobRunResult.Cancelled => "cancelled",
        _ => "succeeded",
    };
}
