using Quartz;

namespace EnergyWatch.Analytics.Jobs;

/// <summary>The jobs of this service with the schedules that apply.</summary>
public sealed class JobPlan
{
    readonly Dictionary<string, JobDefinition> _jobs;

    /// <exception cref="ArgumentException">A schedule names no job, or is not a cron expression.</exception>
    public JobPlan(IEnumerable<JobDefinition> jobs, JobOptions options)
    {
        All = [.. jobs.Select(job => job with { Cron = options.Schedules.GetValueOrDefault(job.Name, job.Cron) })];
        _jobs = All.ToDictionary(job => job.Name);
        foreach (var name in options.Schedules.Keys.Where(name => !_jobs.ContainsKey(name)))
            throw new ArgumentException(
                $"There is no job '{name}' to schedule; there are: {string.Join(", ", _jobs.Keys)}.");
        foreach (var job in All.Where(job => !CronExpression.TryParse(job.Cron, out _)))
            throw new ArgumentException($"The schedule '{job.Cron}' of job '{job.Name}' is not a cron expression.");
    }

    public IReadOnlyList<JobDefinition> All { get; }

    public JobDefinition? Find(string name) => _jobs.GetValueOrDefault(name);
}
