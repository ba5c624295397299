using System.Collections.Concurrent;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Remembers when each gateway and meter was last heard of and what last went wrong there, by code, and saves what
/// changed every few seconds and on stop. Reporting costs a dictionary look-up and never waits or throws. What could
/// not be saved is saved with the next.
/// </summary>
public sealed class FieldStateRecorder(
    IFieldStates states, PipelineOptions options, TimeProvider clock, ILogger<FieldStateRecorder> log)
    : BackgroundService
{
    readonly ConcurrentDictionary<(string Gateway, string? Meter), Entry> _entries = new();

    /// <summary>The gateway (meter null), or a meter behind it, gave a sign of life at this moment.</summary>
    public void Seen(string gateway, string? meter, Instant at) => EntryOf(gateway, meter).Seen(at, clock);

    /// <summary>Something went wrong there at this moment, in words for an officer.</summary>
    public void Fault(string gateway, string? meter, Instant at, string text) =>
        EntryOf(gateway, meter).Fault(at, text);

    /// <summary>Saves what changed since it was last saved.</summary>
    public async Task SaveAsync(CancellationToken stop)
    {
        var changed = new List<(Entry Entry, FieldState State)>();
        foreach (var ((gateway, meter), entry) in _entries)
            if (entry.TakeChange(gateway, meter) is { } state) changed.Add((entry, state));
        if (changed.Count == 0) return;
        try
        {
            await states.SaveAsync([.. changed.Select(change => change.State)], stop);
        }
        catch
        {
            foreach (var (entry, _) in changed) entry.MarkChanged();
            throw;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.FieldStateInterval, clock);
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
            log.FieldStatesNotSaved(exception);
        }
    }

    Entry EntryOf(string gateway, string? meter) => _entries.GetOrAdd((gateway, meter), static _ => new Entry());

    sealed class Entry
    {
        readonly Lock _lock = new();
        Instant? _seen;
        Instant? _faultAt;
        string? _fault;
        bool _changed;

        public void Seen(Instant at, TimeProvider clock)
        {
            lock (_lock)
            {
                // What lies in the future was noted before the clock was set back, and says nothing any more.
                if (_seen >= at && _seen <= clock.Now()) return;
                _seen = at;
                _changed = true;
            }
        }

        public void Fault(Instant at, string text)
        {
            lock (_lock) (_faultAt, _fault, _changed) = (at, text, true);
        }

        public void MarkChanged()
        {
            lock (_lock) _changed = true;
        }

        public FieldState? TakeChange(string gateway, string? meter)
        {
            lock (_lock)
            {
                if (!_changed) return null;
                _changed = false;
                return new FieldState(gateway, meter, _seen, _faultAt, _fault);
            }
        }
    }
}
