using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>
/// The one owner of one endpoint: asks its meters in turn, one request in flight, until it is stopped. Meters that answer go first; silent
/// ones get a bounded share of the time. What one poll brings goes on at once, each block with the instant of its own request.
/// </summary>
sealed class EndpointLoop(
    EndpointTarget target, IReadOnlyList<PolledMeter> meters, IModbusTransport transport, PollContext context)
{
    // Waits are cut, so that a clock that is set back cannot stop an endpoint.
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(60);

    readonly MeterHealth _reach = new(context.BackOff);
    Instant _reachableFrom;
    Instant _probesFrom;
    bool _storageFails;

    public EndpointTarget Target { get; } = target;
    public IReadOnlyList<PolledMeter> Meters { get; } = meters;

    public async Task RunAsync(IReadingSink sink, CancellationToken stop)
    {
        context.Log.EndpointStarted(Target.Endpoint, Meters.Count);
        while (!stop.IsCancellationRequested)
        {
            var now = context.Clock.Now();
            var (meter, at) = Next(now);
            if (at > now)
            {
                var wait = at - now < LongestWait ? at - now : LongestWait;
                await Task.Delay(wait, context.Clock, stop);
                foreach (var polled in Meters) polled.KeepWithin(context.Clock.Now());
                continue;
            }
            try
            {
                await PollAsync(meter, sink, stop);
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                context.Log.PollFailed(Target.Endpoint, meter.Target.Code, fault);
                context.States.Fault(meter.Target.Gateway, meter.Target.Code, context.Clock.Now(), fault.Message);
                meter.PlanNext(context.Clock.Now());
            }
        }
    }

    // Who is next and when. A silent meter waits for its share of the time, and lets those that answer go first unless it waited long.
    (PolledMeter Meter, Instant At) Next(Instant now)
    {
        PolledMeter? best = null;
        var bestAt = new Instant(long.MaxValue);
        foreach (var meter in Meters)
        {
            var at = meter.IsSilent ? Later(meter.Due, _probesFrom) : meter.Due;
            var patient = meter.IsSilent && at <= now && now - meter.Due < ProbePatience;
            var rank = patient ? now : at;
            if (best is not null && rank >= bestAt) continue;
            (best, bestAt) = (meter, rank);
        }
        return (best!, Later(bestAt, _reachableFrom));
    }

    async Task PollAsync(PolledMeter meter, IReadingSink sink, CancellationToken stop)
    {
        var started = context.Clock.Now();
        var wasSilent = meter.IsSilent;
        var poll = new MeterPoll(meter, transport);
        await poll.RunAsync(stop);
        var now = context.Clock.Now();
        Judge(meter, poll, now);
        if (wasSilent) _probesFrom = now + (now - started) * (1 / context.ProbeShare - 1);
        if (poll.Readings.Count > 0) await PutAsync(meter, poll.Readings, now, sink, stop);
    }

    void Judge(PolledMeter meter, MeterPoll poll, Instant now)
    {
        var (gateway, code) = (meter.Target.Gateway, meter.Target.Code);
        if (poll.AnsweredAt is { } answeredAt) context.States.Seen(gateway, code, answeredAt);
        if (poll.GatewayAnsweredAt is { } gatewayAt) context.States.Seen(gateway, null, gatewayAt);
        if (poll.LinkFault != LinkFault.Unreachable && _reach.Answered()) context.Log.EndpointBack(Target.Endpoint);
        if (poll.Fault is { } fault) context.States.Fault(gateway, code, now, fault);
        if (poll.Refused.Count > 0)
            context.Log.PointsRefused(Target.Endpoint, code, string.Join(", ", poll.Refused.Select(point => point.Quantity.Key())));
        if (poll.LinkFault is not { } link)
        {
            if (meter.Health.Answered()) context.Log.MeterBack(Target.Endpoint, code);
            ModbusMetrics.MissedSlots.Add(meter.PlanNext(now), new KeyValuePair<string, object?>("endpoint", Target.Endpoint.ToString()));
            return;
        }
        ModbusMetrics.LinkFaults.Add(1, new KeyValuePair<string, object?>("fault", link.ToString()));
        if (link == LinkFault.Unreachable) EndpointFailed(poll.Fault!, now);
        else if (meter.Health.Failed(now)) context.Log.MeterSilent(Target.Endpoint, code, poll.Fault!);
        meter.PlanRetry(now);
    }

    // Nobody behind it can be asked: none of its meters is to blame, and none is asked until the pause is over.
    void EndpointFailed(string fault, Instant now)
    {
        if (_reach.Failed(now)) context.Log.EndpointUnreachable(fault);
        _reachableFrom = now + _reach.Pause;
        foreach (var meter in Meters)
        {
            context.States.Fault(meter.Target.Gateway, meter.Target.Code, now, fault);
            context.States.Fault(meter.Target.Gateway, null, now, fault);
        }
    }

    // Awaits room, not storage: what becomes of the batch is watched, and the next meter is asked meanwhile.
    async Task PutAsync(PolledMeter meter, IReadOnlyList<Reading> readings, Instant now, IReadingSink sink, CancellationToken stop)
    {
        var batch = new IngestBatch(
            $"modbus:{meter.Target.Gateway}", now, readings, [.. Enumerable.Range(0, readings.Count)], [], "application/octet-stream", default);
        var ticket = await sink.PutAsync(batch, stop);
        if (ticket.IsCompletedSuccessfully) _storageFails = false;
        else _ = WatchAsync(ticket);
    }

    async Task WatchAsync(Task<IngestReceipt> ticket)
    {
        try
        {
            await ticket;
            _storageFails = false;
        }
        catch (Exception fault)
        {
            ModbusMetrics.FailedTickets.Add(1);
            if (!_storageFails) context.Log.NotStored(Target.Endpoint, fault);
            _storageFails = true;
        }
    }

    static Instant Later(Instant a, Instant b) => a > b ? a : b;
}
