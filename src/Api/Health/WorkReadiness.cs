using EnergyWatch.Analytics.Jobs;
using EnergyWatch.Domain.Ledger;

namespace EnergyWatch.Api.Health;

/// <summary>How far the analytics role is behind, and which of its jobs failed last.</summary>
sealed class WorkReadiness(IWorkLedger work, JobRegister jobs) : IReadinessCheck
{
    // The days that are being written right now are always marked; only a heap of them is worth saying.
    const long Backlog = 10_000;

    public async ValueTask<IReadOnlyList<Readiness>> LookAsync(CancellationToken stop)
    {
        List<Readiness> reasons = [];
        if (await work.CountAsync(stop) is var open && open > Backlog)
            reasons.Add(new Readiness("usage", Blocks: false, $"{open} meter-days wait to be computed"));
        reasons.AddRange((await jobs.ListAsync(stop)).Where(job => job.Failures > 0)
            .Select(job => new Readiness($"job {job.Name}", Blocks: false, $"failed {job.Failures} time(s) in a row: {job.LastRun?.Message}")));
        return reasons;
    }
}
