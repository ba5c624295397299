using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Api.Health;

/// <summary>Whether readings can be taken: a pipeline that cannot store makes the service not ready; a source that fails is worth saying.</summary>
sealed class IngestReadiness(ReadingPipeline pipeline, SourceHost sources) : IReadinessCheck
{
    public ValueTask<IReadOnlyList<Readiness>> LookAsync(CancellationToken stop)
    {
        var state = pipeline.State;
        List<Readiness> reasons = [];
        if (state.FailingSince is { } since) reasons.Add(new Readiness("pipeline", Blocks: true, $"cannot store since {since}: {state.LastFault}"));
        if (state.IsStopped) reasons.Add(new Readiness("pipeline", Blocks: true, "has stopped"));
        reasons.AddRange(sources.States.Where(source => !source.IsRunning && source.Faults > 0)
            .Select(source => new Readiness($"source {source.Name}", Blocks: false, $"failed at {source.LastFaultAt}: {source.LastFault}")));
        reasons.AddRange(sources.Troubles.Select(one => new Readiness($"source {one.Source}", Blocks: false, one.Trouble)));
        return ValueTask.FromResult<IReadOnlyList<Readiness>>(reasons);
    }
}
