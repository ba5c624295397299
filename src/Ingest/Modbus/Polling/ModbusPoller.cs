using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>What every endpoint's loop needs besides its endpoint.</summary>
public sealed record PollContext(ModbusOptions Options, FieldStateRecorder States, TimeProvider Clock, ILogger<ModbusPoller> Log)
{
    internal PollClock Steady { get; } = new(Clock);
    internal BackOff BackOff { get; } = BackOff.From(Options);
    internal double ProbeShare { get; } = Math.Clamp(Options.ProbeShare, 0.01, 1);

    /// <summary>From 0 up to 1, anew each time; replaced in tests.</summary>
    internal Func<double> Jitter { get; init; } = Random.Shared.NextDouble;
}

/// <summary>
/// Polls every meter behind a Modbus gateway: one loop for each physical endpoint, no thread for any. Follows the registry and the
/// calendar day; an endpoint that did not change is not touched, and one whose meters changed keeps its connection and the others.
/// </summary>
public sealed class ModbusPoller(IRegistry registry, RegisterMaps models, ReportingCalendar calendar, PollContext context) : IReadingSource
{
    // A clock that was set is noticed within this time.
    static readonly TimeSpan DayIsLookedAt = TimeSpan.FromMinutes(1);

    readonly Dictionary<ModbusEndpoint, RunningEndpoint> _running = [];
    readonly HashSet<TargetFault> _told = [];
    IReadOnlyList<EndpointLoop> _loops = [];

    public string Name => "modbus";

    /// <summary>Opens the connection to an endpoint; replaced in tests.</summary>
    internal Func<ModbusEndpoint, IModbusTransport> Open { get; init; } = endpoint =>
        LineTransport.Over(endpoint, context.Options.ConnectTimeout, context.Clock);

    public async Task RunAsync(IReadingSink sink, CancellationToken stop)
    {
        foreach (var fault in models.Faults) context.Log.ModelNotLoaded(fault);
        var outbox = new PollOutbox(sink, context);
        using var gauges = new PollGauges(() => Volatile.Read(ref _loops), () => outbox.Held);
        // The outbox outlives the loops: what they still bring is kept and offered a last time.
        using var stopOutbox = new CancellationTokenSource();
        var sending = Task.Run(() => outbox.RunAsync(stopOutbox.Token), CancellationToken.None);
        try
        {
            while (true)
            {
                var (snapshot, day) = (registry.Current, calendar.DayOf(context.Clock.Now()));
                await FollowAsync(PollTargets.From(snapshot, models, day), outbox, stop);
                await ChangeAsync(snapshot.Version, day, stop);
            }
        }
        finally
        {
            try
            {
                await Task.WhenAll(_running.Values.Select(running => running.StopAsync()));
            }
            finally
            {
                _running.Clear();
                await stopOutbox.CancelAsync();
                await sending;
            }
        }
    }

    async Task FollowAsync(PollTargets targets, PollOutbox outbox, CancellationToken stop)
    {
        foreach (var fault in targets.Faults)
        {
            if (_told.Add(fault)) context.Log.CannotPoll(fault.Gateway, fault.Meter, fault.Reason);
            context.States.Fault(fault.Gateway, fault.Meter, context.Clock.Now(), fault.Reason);
        }
        // Old connections are closed before new ones are opened: a gateway may bear one only, and be known by another name now.
        var wanted = targets.Endpoints.Select(target => target.Endpoint).ToHashSet();
        await Task.WhenAll(_running.Keys.Where(endpoint => !wanted.Contains(endpoint)).ToList().Select(StopAsync));
        foreach (var target in targets.Endpoints)
        {
            if (!_running.TryGetValue(target.Endpoint, out var running))
                _running[target.Endpoint] = new RunningEndpoint(target, Open(target.Endpoint), outbox, context, stop);
            else if (!running.Loop.Target.Equals(target)) running.Loop.Change(target);
        }
        Volatile.Write(ref _loops, [.. _running.Values.Select(running => running.Loop)]);
    }

    async Task StopAsync(ModbusEndpoint endpoint)
    {
        _running.Remove(endpoint, out var running);
        await running!.StopAsync();
        context.Log.EndpointStopped(endpoint);
    }

    // A new version of the registry, or another local day, on which dated facts may begin to hold.
    async Task ChangeAsync(long seen, DateOnly day, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var newer = registry.NewerThanAsync(seen, either.Token);
        // One look at the clock a turn: midnight may lie between two.
        for (var now = context.Clock.Now(); !newer.IsCompleted && calendar.DayOf(now) == day; now = context.Clock.Now())
        {
            var left = calendar.Day(day).To - now;
            await Task.WhenAny(newer, Task.Delay(left < DayIsLookedAt ? left : DayIsLookedAt, context.Clock, either.Token));
            stop.ThrowIfCancellationRequested();
        }
        await either.CancelAsync();
        if (newer.IsFaulted) await newer;
    }
}
