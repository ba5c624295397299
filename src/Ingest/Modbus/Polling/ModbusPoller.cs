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
    internal BackOff BackOff { get; } = BackOff.From(Options);
    internal double ProbeShare { get; } = Math.Clamp(Options.ProbeShare, 0.01, 1);
}

/// <summary>
/// Polls every meter behind a Modbus gateway: one loop for each physical endpoint, no thread for any. Follows the registry and the
/// calendar day; an endpoint that did not change is not touched.
/// </summary>
public sealed class ModbusPoller(IRegistry registry, RegisterMaps models, ReportingCalendar calendar, PollContext context) : IReadingSource
{
    // The first polls after a start come within this time, not all in one instant.
    static readonly TimeSpan FirstSpread = TimeSpan.FromSeconds(2);

    readonly Dictionary<ModbusEndpoint, Running> _running = [];
    readonly HashSet<TargetFault> _told = [];

    public string Name => "modbus";

    /// <summary>Opens the connection to an endpoint; replaced in tests.</summary>
    internal Func<ModbusEndpoint, IModbusTransport> Open { get; init; } = endpoint =>
        LineTransport.Over(endpoint, context.Options.ConnectTimeout, context.Clock);

    public async Task RunAsync(IReadingSink sink, CancellationToken stop)
    {
        foreach (var fault in models.Faults) context.Log.ModelNotLoaded(fault);
        try
        {
            while (true)
            {
                var snapshot = registry.Current;
                await FollowAsync(snapshot, sink, stop);
                await ChangeAsync(snapshot.Version, stop);
            }
        }
        finally
        {
            await Task.WhenAll(_running.Values.Select(running => running.StopAsync()));
            _running.Clear();
        }
    }

    async Task FollowAsync(RegistrySnapshot registry, IReadingSink sink, CancellationToken stop)
    {
        var now = context.Clock.Now();
        var targets = PollTargets.From(registry, models, calendar.DayOf(now));
        foreach (var fault in targets.Faults)
        {
            if (_told.Add(fault)) context.Log.CannotPoll(fault.Gateway, fault.Meter, fault.Reason);
            context.States.Fault(fault.Gateway, fault.Meter, now, fault.Reason);
        }
        var wanted = targets.Endpoints.ToDictionary(target => target.Endpoint);
        foreach (var gone in _running.Keys.Except(wanted.Keys).ToList()) await StopAsync(gone);
        foreach (var target in targets.Endpoints)
        {
            if (_running.TryGetValue(target.Endpoint, out var running) && running.Loop.Target.Equals(target)) continue;
            var kept = running is null ? [] : running.Loop.Meters;
            if (running is not null) await StopAsync(target.Endpoint);
            _running[target.Endpoint] = Start(target, kept, sink, stop);
        }
    }

    async Task StopAsync(ModbusEndpoint endpoint)
    {
        _running.Remove(endpoint, out var running);
        await running!.StopAsync();
        context.Log.EndpointStopped(endpoint);
    }

    // A meter that stays the same keeps its state: what it refused, whether it is silent, when it is due.
    Running Start(EndpointTarget target, IReadOnlyList<PolledMeter> kept, IReadingSink sink, CancellationToken stop)
    {
        var meters = target.Meters.Select(meter => kept.FirstOrDefault(old => old.Target == meter) ?? Meter(meter)).ToList();
        var transport = Open(target.Endpoint);
        var loop = new EndpointLoop(target, meters, transport, context);
        return new Running(loop, transport, sink, stop);
    }

    PolledMeter Meter(MeterTarget target)
    {
        var schedule = PollSchedule.For(target.Code, target.Period, context.Options.Spread);
        var first = PollSchedule.For(target.Code, target.Period, FirstSpread).Spread;
        return new PolledMeter(target, schedule, context.BackOff, context.Clock.Now() + first);
    }

    // A new version of the registry, or a new local day, on which dated facts may begin to hold.
    async Task ChangeAsync(long seen, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var now = context.Clock.Now();
        var midnight = calendar.Day(calendar.DayOf(now)).To;
        var first = await Task.WhenAny(registry.NewerThanAsync(seen, either.Token), Task.Delay(midnight - now, context.Clock, either.Token));
        await either.CancelAsync();
        stop.ThrowIfCancellationRequested();
        await first;
    }

    sealed class Running : IDisposable
    {
        readonly CancellationTokenSource _stop;
        readonly IModbusTransport _transport;
        readonly Task _task;

        public Running(EndpointLoop loop, IModbusTransport transport, IReadingSink sink, CancellationToken stop)
        {
            (Loop, _transport) = (loop, transport);
            _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
            _task = Task.Run(() => loop.RunAsync(sink, _stop.Token), CancellationToken.None);
        }

        public EndpointLoop Loop { get; }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            try
            {
                await _task;
            }
            catch (OperationCanceledException)
            {
                // Stop was asked for.
            }
            await _transport.DisposeAsync();
            Dispose();
        }

        public void Dispose() => _stop.Dispose();
    }
}
