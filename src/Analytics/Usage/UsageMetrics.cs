using Metrics = System.Diagnostics.Metrics;

namespace EnergyWatch.Analytics.Usage;

static class UsageMetrics
{
    static readonly Metrics.Meter Analytics = new("EnergyWatch.Analytics");
    static readonly Metrics.Counter<long> Runs = Analytics.CreateCounter<long>("energywatch_usage_runs_total");
    static readonly Metrics.Counter<long> Settled =
        Analytics.CreateCounter<long>("energywatch_usage_marks_settled_total");
    static readonly Metrics.Counter<long> Cells =
        Analytics.CreateCounter<long>("energywatch_usage_cells_computed_total");
    static readonly Metrics.Counter<long> Failed =
        Analytics.CreateCounter<long>("energywatch_usage_meters_failed_total");
    static readonly Metrics.Counter<double> Seconds =
        Analytics.CreateCounter<double>("energywatch_usage_seconds_total");

    public static void Add(UsageRun run)
    {
        Runs.Add(1);
        Settled.Add(run.Settled);
        Cells.Add(run.Cells);
        Failed.Add(run.Failed);
        Seconds.Add(run.Elapsed.TotalSeconds);
    }
}
