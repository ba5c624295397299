using System.Runtime.CompilerServices;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Lines;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>
/// The one owner of one endpoint: asks its meters in turn, until it is stopped. Meters that answer go first; silent ones get a bounded
/// share of the time. What one poll brings goes on at once, each block with the instant of its own request. Meters may be exchanged while
/// it runs: those that stay keep their state, and the connection stays.
/// </summary>
sealed class EndpointLoop(EndpointTarget target, IModbusTransport transport, PollOutbox outbox, PollContext context)
{
    // Waits are cut, so that a clock that was set is noticed.
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(60);
    static readonly TimeSpan ShortWhile = TimeSpan.FromSeconds(2);
    static readonly TimeSpan ClockWasSet = TimeSpan.FromSeconds(1);

    readonly MeterPoll _poll = new(transport, context);
    readonly MeterHealth _reach = new(context.BackOff.UpTo(context.Options.MaxReconnectPause));
    readonly KeyValuePair<string, object?> _tag = new("endpoint", target.Endpoint.ToString());
    readonly Lock _changing = new();
    IReadOnlyList<PolledMeter> _meters = MetersOf(target, [], context);
    EndpointTarget? _next;
    CancellationTokenSource? _wait;
    TimeSpan _reachableFrom;
    TimeSpan _probesFrom;
    Moment _last = context.Steady.Now;

    public EndpointTarget Target { get; private set; } = target;

    /// <summary>Whether it can be reached; null before it was tried.</summary>
    public bool? IsUp => _reach.State switch { ContactState.Unknown => null, ContactState.Answering => true, _ => false };

    /// <summary>How many of its meters did not answer when they were last asked.</summary>
    public int SilentMeters => Volatile.Read(ref _meters).Count(meter => meter.IsSilent);

    /// <summary>Other meters from now on; what is being asked is let finish.</summary>
    public void Change(EndpointTarget next)
    {
        lock (_changing)
        {
            (Target, _next) = (next, next);
            _wait?.Cancel();
        }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        context.Log.EndpointStarted(Target.Endpoint, _meters.Count);
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            PolledMeter? polled = null;
            try
            {
                TakeChange();
                var now = context.Steady.Now;
                Follow(now);
                var (meter, at) = Next(now.Steady);
                if (at <= now.Steady) await PollAsync(polled = meter, stop);
                else
                {
                    if (at - now.Steady > ShortWhile && GivesUpConnections) transport.Release();
                    await WaitAsync(at - now.Steady, stop);
                }
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                await BearAsync(fault, polled, stop);
            }
        }
    }

    // A fault of our own. The loop goes on, and not faster than with a meter that is silent.
    async ValueTask BearAsync(Exception fault, PolledMeter? meter, CancellationToken stop)
    {
        if (meter is null)
        {
            context.Log.EndpointFailed(Target.Endpoint, fault);
            await Task.Delay(ShortWhile, context.Clock, stop);
            return;
        }
        var now = context.Steady.Now;
        context.Log.PollFailed(Target.Endpoint, meter.Target.Code, fault);
        context.States.Fault(meter.Target.Gateway, meter.Target.Code, now.Wall, fault.Message);
        MeterFailed(meter, fault.Message, now);
    }

    bool GivesUpConnections => _meters.Any(static meter => meter.Target.Model is { CloseAfterPoll: true } or { OneClient: true });

    static IReadOnlyList<PolledMeter> MetersOf(EndpointTarget target, IReadOnlyList<PolledMeter> kept, PollContext context)
    {
        var known = kept.ToLookup(meter => meter.Target);
        return [.. target.Meters.Select(meter => known[meter].FirstOrDefault() ?? new PolledMeter(meter, target.Endpoint, context))];
    }

    void TakeChange()
    {
        EndpointTarget? next;
        lock (_changing) (next, _next) = (_next, null);
        if (next is null) return;
        Volatile.Write(ref _meters, MetersOf(next, _meters, context));
        context.Log.EndpointChanged(next.Endpoint, _meters.Count);
    }

    // How far the wall clock went against the steady one: a little is a clock that is kept right, more is one that was set.
    void Follow(Moment now)
    {
        var drift = now.Wall - _last.Wall - (now.Steady - _last.Steady);
        _last = now;
        if (drift.Duration() < ClockWasSet) return;
        foreach (var meter in _meters) ModbusMetrics.MissedSlots.Add(meter.Realign(now), _tag);
    }

    async ValueTask WaitAsync(TimeSpan wait, CancellationToken stop)
    {
        CancellationTokenSource either;
        lock (_changing)
        {
            if (_next is not null) return;
            either = _wait = CancellationTokenSource.CreateLinkedTokenSource(stop);
        }
        try
        {
            // A timer counts in whole milliseconds and rounds down: never woken too early, or the loop spins through the rest.
            var rounded = TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
            await Task.Delay(rounded < LongestWait ? rounded : LongestWait, context.Clock, either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // There are other meters now.
        }
        finally
        {
            lock (_changing) _wait = null;
            either.Dispose();
        }
    }

    // Who is next and when. A silent meter waits for its share of the time, and lets those that answer go first unless it waited long.
    (PolledMeter Meter, TimeSpan At) Next(TimeSpan now)
    {
        var meters = _meters;
        var (best, bestAt) = (meters[0], TimeSpan.MaxValue);
        for (var i = 0; i < meters.Count; i++)
        {
            var (meter, due) = (meters[i], meters[i].DueAt);
            var at = meter.IsSilent && due < _probesFrom ? _probesFrom : due;
            if (meter.IsSilent && at <= now && now - due < ProbePatience) at = now;
            if (at < bestAt) (best, bestAt) = (meter, at);
        }
        return (best, bestAt > _reachableFrom ? bestAt : _reachableFrom);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    async ValueTask PollAsync(PolledMeter meter, CancellationToken stop)
    {
        var (started, wasSilent) = (context.Steady.Now.Steady, meter.IsSilent);
        ModbusMetrics.Polls.Add(1, _tag);
        try
        {
            await _poll.RunAsync(meter, stop);
            var now = context.Steady.Now;
            Judge(meter, now);
            if (wasSilent) _probesFrom = now.Steady + transport.Owed + (now.Steady - started + transport.Owed) * (1 / context.ProbeShare - 1);
        }
        finally
        {
            // What was read is kept whatever came after it, a stop too.
            if (_poll.Readings.Count > 0) await outbox.PutAsync(meter.Batch(_poll.Readings, context.Clock.Now()), stop);
        }
    }

    void Judge(PolledMeter meter, Moment now)
    {
        var (gateway, code) = (meter.Target.Gateway, meter.Target.Code);
        if (_poll.AnsweredAt is { } answeredAt) context.States.Seen(gateway, code, answeredAt);
        if (_poll.GatewayAnsweredAt is { } gatewayAt) context.States.Seen(gateway, null, gatewayAt);
        if (_poll.Fault is { } fault) context.States.Fault(gateway, code, now.Wall, fault);
        if (_poll.Refused.Count > 0)
            context.Log.PointsRefused(Target.Endpoint, code, string.Join(", ", _poll.Refused.Select(point => point.Quantity.Key())));
        if (_poll.LinkFault is { } link) ModbusMetrics.LinkFaults.Add(1, new KeyValuePair<string, object?>("fault", link.ToString()));
        if (_poll.LinkFault == LinkFault.Unreachable) EndpointFailed(_poll.Fault!, now);
        else if (_poll.LinkFault != LinkFault.NotAsked && _reach.Answered()) context.Log.EndpointBack(Target.Endpoint);
        JudgeMeter(meter, now);
    }

    void JudgeMeter(PolledMeter meter, Moment now)
    {
        if (_poll.AnsweredAt is not null || _poll.LinkFault == LinkFault.NotAsked)
        {
            if (_poll.AnsweredAt is not null && meter.Health.Answered()) context.Log.MeterBack(Target.Endpoint, meter.Target.Code);
            ModbusMetrics.MissedSlots.Add(meter.PlanNext(now), _tag);
        }
        else if (_poll.LinkFault != LinkFault.Unreachable)
        {
            MeterFailed(meter, _poll.Fault!, now);
        }
    }

    void MeterFailed(PolledMeter meter, string fault, Moment now)
    {
        meter.Setup.Again();
        if (meter.Health.Failed(now.Steady))
        {
            context.Log.MeterSilent(Target.Endpoint, meter.Target.Code, fault);
            meter.Died();
        }
        meter.PlanRetry(now);
    }

    // Nobody behind it can be asked: none of its meters is to blame, and none is asked until the pause is over. Many endpoints lose
    // their way in the same instant when a switch fails, and must not all come back in one.
    void EndpointFailed(string fault, Moment now)
    {
        if (_reach.Failed(now.Steady)) context.Log.EndpointUnreachable(fault);
        _reachableFrom = now.Steady + _reach.Pause * (1 - context.Jitter() / 4);
        foreach (var meter in _meters)
        {
            meter.Setup.Again();
            context.States.Fault(meter.Target.Gateway, meter.Target.Code, now.Wall, fault);
            context.States.Fault(meter.Target.Gateway, null, now.Wall, fault);
        }
    }
}
