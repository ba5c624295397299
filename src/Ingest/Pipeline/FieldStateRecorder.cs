using System.Collections.Concurrent;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Remembers when each gateway and meter was last heard of, what last went wrong there and how each gateway lives, by
/// code, and saves what changed every few seconds and on stop. Reporting costs a dictionary look-up and never waits or
/// throws. What could not be saved is saved with the next.
/// </summary>
public sealed class FieldStateRecorder(
    IFieldStates states, PipelineOptions options, TimeProvider clock, ILogger<FieldStateRecorder> log)
    : RegularSave(options.FieldStateInterval, clock)
{
    readonly TimeProvider _clock = clock;
    readonly ConcurrentDictionary<string, GatewayNotes> _gateways = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<(string Gateway, string Meter), FieldEntry> _meters = new();

    /// <summary>The gateway (meter null), or a meter behind it, gave a sign of life at this moment.</summary>
    public void Seen(string gateway, string? meter, Instant at)
    {
        if (meter is null) NotesOf(gateway).Seen(at);
        else MeterOf(gateway, meter).Seen(at, _clock);
    }

    /// <summary>Something went wrong there at this moment, in words for an officer.</summary>
    public void Fault(string gateway, string? meter, Instant at, string text)
    {
        if (meter is not null) MeterOf(gateway, meter).Fault(at, text);
        NotesOf(gateway).Fault(meter, at, text);
    }

    /// <summary>Somebody who did not prove to be this gateway did something under its name: kept among its faults, and
    /// never in the place of what went wrong with itself.</summary>
    internal void FaultOfStranger(string gateway, Instant at, string text) => NotesOf(gateway).FaultOfStranger(at, text);

    /// <summary>The gateway said of itself, or a broker said for it, that it comes or goes.</summary>
    /// <param name="detail">In its own words, short; null where it has none.</param>
    public void State(string gateway, Instant at, bool isOnline, string? detail = null) =>
        NotesOf(gateway).Happened(
            isOnline ? LinkEventKind.SaysOnline : LinkEventKind.SaysOffline, at, "said_so", detail);

    /// <summary>The broker behind which gateways are heard came or went.</summary>
    internal void WayChanged(string way, bool isUp, string? detail)
    {
        var kind = isUp ? LinkEventKind.WayBack : LinkEventKind.WayLost;
        foreach (var notes in _gateways.Values) notes.WayChanged(way, kind, _clock.Now(), isUp ? null : "broker_lost", detail);
    }

    /// <summary>Who tried to deliver and is no gateway of the registry.</summary>
    internal SightingNotes Sightings { get; } = new();

    internal GatewayNotes NotesOf(string gateway) =>
        _gateways.GetOrAdd(gateway, static (code, clock) => new GatewayNotes(code, clock), _clock);

    /// <summary>A batch is durable: counted for the gateway that its source names, if it is one that was heard.</summary>
    internal void Settled(IngestBatch batch, IngestReceipt receipt)
    {
        var sender = QuarantinedSender.GatewayOf(batch.Source);
        if (sender.IsEmpty) return;
        if (_gateways.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(sender, out var notes))
            notes.Settled(batch, receipt);
    }

    /// <summary>What was known when the service ended is taken up before anything is noted.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var state in await states.ListAsync(cancellationToken))
            if (state is { Meter: null, Life: { } life }) NotesOf(state.Gateway).Remember(life, _clock.Now());
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Saves what changed since it was last saved.</summary>
    public override async Task SaveAsync(CancellationToken stop)
    {
        var changed = new List<(FieldState State, Action<FieldState> GiveBack)>();
        foreach (var notes in _gateways.Values)
            if (notes.TakeChange(options.ClockDriftLimit) is { } state) changed.Add((state, notes.GiveBack));
        foreach (var ((gateway, meter), entry) in _meters)
            if (entry.TakeChange(gateway, meter) is { } state) changed.Add((state, _ => entry.MarkChanged()));
        if (changed.Count == 0) return;
        try
        {
            await states.SaveAsync([.. changed.Select(change => change.State)], stop);
        }
        catch
        {
            foreach (var (state, giveBack) in changed) giveBack(state);
            throw;
        }
    }

    protected override void NotSaved(Exception exception) => log.FieldStatesNotSaved(exception);

    FieldEntry MeterOf(string gateway, string meter) =>
        _meters.GetOrAdd((gateway, meter), static _ => new FieldEntry());
}
