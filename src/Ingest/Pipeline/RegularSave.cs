using Microsoft.Extensions.Hosting;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Saves what was noted in memory every few seconds and on stop. What cannot be saved waits for the next
/// turn.</summary>
public abstract class RegularSave(TimeSpan interval, TimeProvider clock) : BackgroundService
{
    public abstract Task SaveAsync(CancellationToken stop);

    /// <summary>Saving failed; it is tried again.</summary>
    protected abstract void NotSaved(Exception exception);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await TrySaveAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stop was asked for; StopAsync saves the rest.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TrySaveAsync(cancellationToken);
    }

    async Task TrySaveAsync(CancellationToken stop)
    {
        try
        {
            await SaveAsync(stop);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            NotSaved(exception);
        }
    }
}
