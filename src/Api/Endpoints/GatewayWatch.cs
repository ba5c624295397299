using EnergyWatch.Api.Access;
using EnergyWatch.Api.Configuration;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary>Looks up how gateways are, as the caller may see it.</summary>
sealed class GatewayWatch(
    VisibleRegistry visible, IRegistry whole, MeterWatch watch, IFieldStates field, GatewayClock clock)
{
    public async Task<Func<Gateway, GatewaySight>> LookAsync(CancellationToken stop)
    {
        var sights = await watch.OfAsync(visible.Snapshot.Meters, stop);
        var noted = (await field.ListAsync(stop)).Where(state => state.Meter is null).ToDictionary(state => state.Gateway);
        var mine = MetersByGateway(visible.Snapshot);
        var all = visible.Caller.Scope.IsCounty ? mine : MetersByGateway(whole.Current);
        return gateway => new GatewaySight(
            noted.GetValueOrDefault(gateway.Code), [.. mine[gateway.Code]],
            [.. mine[gateway.Code].Select(meter => sights[meter.Id])],
            IsShared: all[gateway.Code].Count() > mine[gateway.Code].Count());
    }

    public GatewayAnswer Answer(Gateway gateway, GatewaySight sight)
    {
        var (noted, meters) = (sight.Noted, sight.Meters);
        var best = Best(sight.Behind).Key();
        var view = GatewayStates.Of(
            noted?.Life?.Link, noted?.LastSeen, meters.Min(meter => (int?)meter.Shown(visible.Today).IntervalS), clock.Now);
        var isPolled = Gateways.IsPolled(gateway);
        return new GatewayAnswer(
            gateway.Code, gateway.Name, gateway.Kind.Key(), gateway.Endpoint, gateway.Dialect, gateway.Username,
            gateway.SecretHash is not null, meters.Count, isPolled ? best : view.State.Key(), best,
            isPolled ? null : view.Since, isPolled ? null : view.Reason, isPolled || sight.IsShared ? null : view.Detail,
            noted?.LastSeen, sight.Behind.Max(meter => meter.LastReadingAt), sight.IsShared ? null : noted?.Fault,
            noted?.FaultAt, ClockAnswer.Of(gateway, noted?.Life, clock.Limit, clock.Now),
            TrafficAnswer.Of(gateway, noted?.Life), sight.IsShared);
    }

    public ConnectionAnswer? Connection(GatewaySight sight) =>
        sight.IsShared ? null : ConnectionAnswer.Of(sight.Noted?.Life, clock.Now);

    /// <summary>A gateway is as well as the best of its meters: one that answers shows that the way to it is open.</summary>
    static MeterState Best(IReadOnlyCollection<MeterSight> meters) =>
        meters.Select(meter => meter.State).Where(state => state != MeterState.Never).DefaultIfEmpty(MeterState.Never).Min();

    ILookup<string?, Meter> MetersByGateway(RegistrySnapshot registry) =>
        registry.Meters.ToLookup(meter => meter.Shown(visible.Today).Gateway);
}

/// <summary>What is known of a gateway and of the meters behind it that the caller may see.</summary>
sealed record GatewaySight(
    FieldState? Noted, IReadOnlyList<Meter> Meters, IReadOnlyList<MeterSight> Behind, bool IsShared);

/// <summary>Our own time, and how far from it a gateway's may be.</summary>
sealed class GatewayClock(AppConfig config, TimeProvider clock)
{
    public Instant Now { get; } = clock.Now();

    public TimeSpan Limit => config.Ingest.Pipeline.ClockDriftLimit;
}
