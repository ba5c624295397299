using System.Collections.Concurrent;
using EnergyWatch.Domain.Time;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Metrics = System.Diagnostics.Metrics;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Runs every source side by side. One that ends before it was told to has faulted: that is counted, shown, and it
/// starts again after a pause that grows from one second to a minute, and is short again once it ran for a minute.
/// </summary>
public sealed class SourceHost : BackgroundService
{
    static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    readonly Metrics.Meter _meter = new("EnergyWatch.Ingest");
    readonly ConcurrentDictionary<string, SourceState> _states = new();
    readonly IReadOnlyList<IReadingSource> _sources;
    readonly IReadingSink _sink;
    readonly TimeProvider _clock;
    readonly ILogger<SourceHost> _log;

    public SourceHost(
        IEnumerable<IReadingSource> sources, IReadingSink sink, TimeProvider clock, ILogger<SourceHost> log)
    {
        (_sources, _sink, _clock, _log) = ([.. sources], sink, clock, log);
        foreach (var source in _sources)
            _states[source.Name] = new SourceState(source.Name, false, null, 0, null, null);
        _meter.CreateObservableCounter(
            "energywatch_ingest_source_faults_total",
            () => States.Select(state => new Metrics.Measurement<long>(
                state.Faults, new KeyValuePair<string, object?>("source", state.Name))),
            null, "How often a source ended before it was told to.");
    }

    /// <summary>Every source as it is now, by name.</summary>
    public IReadOnlyList<SourceState> States =>
        [.. _states.Values.OrderBy(state => state.Name, StringComparer.Ordinal)];

    /// <summary>What is wrong with sources that run, by their name.</summary>
    public IReadOnlyList<(string Source, string Trouble)> Troubles =>
        [.. _sources.SelectMany(source => source.Troubles.Select(trouble => (source.Name, trouble)))];

    public override void Dispose()
    {
        base.Dispose();
        _meter.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(_sources.Select(
            source => Task.Run(() => KeepAsync(source, stoppingToken), CancellationToken.None)));

    async Task KeepAsync(IReadingSource source, CancellationToken stop)
    {
        var schedule = new RetrySchedule(_clock, FirstPause, LongestPause, Random.Shared.NextDouble);
        while (!stop.IsCancellationRequested)
        {
            var began = _clock.GetTimestamp();
            Change(source, state => state with { IsRunning = true, Since = _clock.Now() });
            _log.SourceRuns(source.Name);
            var fault = await RunAsync(source, stop);
            Change(source, state => state with { IsRunning = false, Since = _clock.Now() });
            if (fault is null) return;
            if (_clock.GetElapsedTime(began) >= LongestPause) schedule.Succeeded();
            var pause = schedule.Failed();
            Change(source, state => state with
            {
                Faults = state.Faults + 1, LastFaultAt = _clock.Now(), LastFault = fault.Message,
            });
            _log.SourceFaulted(source.Name, pause, fault);
            try
            {
                await Task.Delay(pause, _clock, stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    async Task<Exception?> RunAsync(IReadingSource source, CancellationToken stop)
    {
        try
        {
            await source.RunAsync(_sink, stop);
            return stop.IsCancellationRequested
                ? null : new InvalidOperationException("It ended without being told to.");
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    void Change(IReadingSource source, Func<SourceState, SourceState> change) =>
        _states[source.Name] = change(_states[source.Name]);
}

/// <summary>A source as it is now: running or between two runs, since when, and how it failed.</summary>
public sealed record SourceState(
    string Name, bool IsRunning, Instant? Since, long Faults, Instant? LastFaultAt, string? LastFault);
