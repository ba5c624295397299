using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Api.Endpoints;

/// <summary><c>/gateways</c>: how meters are reached, and how each gateway lives: state, clock, traffic, faults.</summary>
static class GatewaysApi
{
    public static void MapGateways(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/gateways").WithTags("registry").RequireAuthorization(Permissions.Read);
        group.MapGet("/", ListAsync).Produces<Page<GatewayAnswer>>()
            .WithSummary("Gateways with state and why, last contact, clock drift, traffic and last fault.");
        group.MapGet("/{code}", ShowAsync).Produces<GatewayDetail>()
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("A gateway with its connection, its meters and its last 20 faults.");
        api.MapPut("/gateways/{code}", PutAsync).WithTags("registry").RequireAuthorization(Permissions.Edit)
            .Produces<RegistryChange.RegistryAnswer>();
        api.MapSightings();
    }

    static async Task<IResult> ListAsync(
        [AsParameters] PageRequest page, string? state, VisibleRegistry visible, GatewayWatch watch, CancellationToken stop)
    {
        var look = await watch.LookAsync(stop);
        var answers = visible.Snapshot.Gateways.Select(gateway => watch.Answer(gateway, look(gateway)));
        return TypedResults.Ok(page.Cut(
            answers.Where(answer => state is null || answer.State == state), answer => answer.Code, answer => answer));
    }

    static async Task<IResult> ShowAsync(
        string code, VisibleRegistry visible, GatewayWatch watch, IGatewayFaults faults, CancellationToken stop)
    {
        if (visible.Snapshot.Gateway(code) is not { } gateway) return visible.Refuse("gateway", code);
        var sight = (await watch.LookAsync(stop))(gateway);
        var kept = await faults.OfAsync(code, stop);
        // The texts of a gateway that others share may name their meters.
        var shown = kept.Where(fault => fault.Meter is { } meter ? visible.Snapshot.Meter(meter) is not null : !sight.IsShared);
        return TypedResults.Ok(new GatewayDetail(
            watch.Answer(gateway, sight), watch.Connection(sight), [.. shown], [.. sight.Meters.Select(meter => meter.Code)]));
    }

    static async Task<IResult> PutAsync(string code, GatewayRequest body, RegistryChange change, IRegistry registry, CancellationToken stop)
    {
        if (body.ValidFrom is not { } validFrom) return RegistryChange.Missing("validFrom");
        if (!GatewayKinds.TryParse(body.Kind, out var kind)) return Problem.Bad($"kind must be one of {GatewayKinds.All}.");
        // Without a new secret the known one stays.
        var hash = HashOf(body.Secret) ?? registry.Current.Gateway(code)?.SecretHash;
        var row = new GatewayRow(RegistryChange.Place, code, body.Name, kind, body.Endpoint, body.Username, hash, validFrom, body.Dialect);
        return await change.ApplyAsync(new RegistryRows { Gateways = [row] }, stop);
    }

    public static string? HashOf(string? secret) =>
        secret is null ? null : SecretHash.Create(secret, SecretHash.GatewayIterations);

    public sealed record GatewayRequest(string Name, string Kind, string? Endpoint, string? Username, string? Secret, DateOnly? ValidFrom, string? Dialect = null);
}
