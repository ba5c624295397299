using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary><c>/gateways</c>: how meters are reached, when each gateway was last heard, and its last fault.</summary>
static class GatewaysApi
{
    public static void MapGateways(this IEndpointRouteBuilder api)
    {
        api.MapGet("/gateways", ListAsync).WithTags("registry").RequireAuthorization(Permissions.Read).Produces<Page<GatewayAnswer>>();
        api.MapPut("/gateways/{code}", PutAsync).WithTags("registry").RequireAuthorization(Permissions.Edit)
            .Produces<RegistryChange.RegistryAnswer>();
    }

    static async Task<IResult> ListAsync(
        [AsParameters] PageRequest page, VisibleRegistry visible, IFieldStates field, MeterWatch watch, CancellationToken stop)
    {
        var sights = await watch.OfAsync(visible.Snapshot.Meters, stop);
        var noted = (await field.ListAsync(stop)).Where(state => state.Meter is null).ToLookup(state => state.Gateway);
        var meters = visible.Snapshot.Meters.ToLookup(meter => meter.Shown(visible.Today).Gateway);
        return TypedResults.Ok(page.Cut(visible.Snapshot.Gateways, gateway => gateway.Code, gateway =>
        {
            var state = noted[gateway.Code].FirstOrDefault();
            var behind = meters[gateway.Code].Select(meter => sights[meter.Id]).ToList();
            return new GatewayAnswer(
                gateway.Code, gateway.Name, gateway.Kind.Key(), gateway.Endpoint, gateway.Dialect, gateway.Username, gateway.SecretHash is not null,
                behind.Count, Best(behind).Key(), state?.LastSeen, behind.Max(sight => sight.LastReadingAt), state?.Fault, state?.FaultAt);
        }));
    }

    /// <summary>A gateway is as well as the best of its meters: one that answers shows that the way to it is open.</summary>
    static MeterState Best(IReadOnlyCollection<MeterSight> meters) =>
        meters.Select(meter => meter.State).Where(state => state != MeterState.Never).DefaultIfEmpty(MeterState.Never).Min();

    static async Task<IResult> PutAsync(string code, GatewayRequest body, RegistryChange change, IRegistry registry, CancellationToken stop)
    {
        if (body.ValidFrom is not { } validFrom) return RegistryChange.Missing("validFrom");
        if (!GatewayKinds.TryParse(body.Kind, out var kind)) return Problem.Bad($"kind must be one of {GatewayKinds.All}.");
        // Without a new secret the known one stays.
        var hash = body.Secret is { } secret ? SecretHash.Create(secret, SecretHash.GatewayIterations) : registry.Current.Gateway(code)?.SecretHash;
        var row = new GatewayRow(RegistryChange.Place, code, body.Name, kind, body.Endpoint, body.Username, hash, validFrom, body.Dialect);
        return await change.ApplyAsync(new RegistryRows { Gateways = [row] }, stop);
    }

    public sealed record GatewayRequest(string Name, string Kind, string? Endpoint, string? Username, string? Secret, DateOnly? ValidFrom, string? Dialect = null);

    sealed record GatewayAnswer(
        string Code, string Name, string Kind, string? Endpoint, string? Dialect, string Username, bool HasSecret, int Meters, string State,
        Instant? LastSeen, Instant? LastReadingAt, string? LastFault, Instant? LastFaultAt);
}
