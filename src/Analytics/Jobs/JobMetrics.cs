using Metrics = System.Diagnostics.Metrics;

namespace EnergyWatch.Analytics.Jobs;

static class JobMetrics
{
    static readonly Metrics.Meter Meter = new("EnergyWatch.Analytics");

    static readonly Metrics.Counter<long> Runs = Meter.CreateCounter<long>(
        "energywatch_job_runs_total", description: "Runs of scheduled jobs, by job and outcome");

    static readonly Metrics.Counter<double> Seconds = Meter.CreateCounter<double>(
        "energywatch_job_seconds_total", "s", "Time spent in runs of scheduled jobs, by job");

    public static void Count(string job, string outcome, TimeSpan took)
    {
        Runs.Add(1, new("job", job), new("outcome", outcome));
        Seconds.Add(took.TotalSeconds, new KeyValuePair<string, object?>("job", job));
    }
}
