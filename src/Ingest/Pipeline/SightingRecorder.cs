using EnergyWatch.Domain.Gateways;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Saves who was sighted, every few seconds and on stop.</summary>
public sealed class SightingRecorder(
    ISightings sightings, FieldStateRecorder field, PipelineOptions options, TimeProvider clock,
    ILogger<SightingRecorder> log)
    : RegularSave(options.FieldStateInterval, clock)
{
    public override async Task SaveAsync(CancellationToken stop)
    {
        var (seen, unlisted) = field.Sightings.Take();
        if (seen.Count == 0) return;
        try
        {
            await sightings.SaveAsync(seen, unlisted, stop);
        }
        catch
        {
            field.Sightings.GiveBack(seen, unlisted);
            throw;
        }
    }

    protected override void NotSaved(Exception exception) => log.SightingsNotSaved(exception);
}
