using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Quartz;

namespace EnergyWatch.Analytics.Jobs;

/// <summary>
/// One run of a job. Its one catch is here: a fault is logged, counted and kept in the history, and the schedule goes
/// on, because nothing reaches the scheduler that could end it.
/// </summary>
[DisallowConcurrentExecution]
sealed class JobRun(JobPlan plan, IServiceProvider services, TimeProvider clock, ILogger<JobRun> logger) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var name = context.JobDetail.Key.Name;
        var job = plan.Find(name) ?? throw new UnreachableException($"Job '{name}' was stored but is not planned.");
        var begun = clock.GetTimestamp();
        try
        {
            var said = await job.Body(services, cancellationToken);
            context.Result = JobRunReport.Succeeded(said);
            logger.Done(name, clock.GetElapsedTime(begun).TotalSeconds, said);
            JobMetrics.Count(name, "succeeded", clock.GetElapsedTime(begun));
        }
        catch (Exception fault) when (
            fault is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            context.Result = JobRunReport.Failed($"{fault.GetType().Name}: {fault.Message}");
            logger.Failed(fault, name, clock.GetElapsedTime(begun).TotalSeconds);
            JobMetrics.Count(name, "failed", clock.GetElapsedTime(begun));
        }
    }
}
