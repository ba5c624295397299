using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary>
/// <c>/gateways/sightings</c>: who tried to deliver and is not in the registry. Adopting makes it a gateway; what it sent
/// before was never stored.
/// </summary>
static class SightingsApi
{
    public static void MapSightings(this IEndpointRouteBuilder api)
    {
        api.MapGroup("/gateways/sightings").WithTags("registry").RequireAuthorization(Permissions.Read).ForTheCounty()
            .MapGet("/", ListAsync).Produces<SightingsAnswer>()
            .WithSummary("Unknown senders, newest contact first: who, by which way, from where, since when and how often.");
        var edit = api.MapGroup("/gateways/sightings").WithTags("registry").RequireAuthorization(Permissions.Edit).ForTheCounty();
        edit.MapPost("/{id:long}/adopt", AdoptAsync).Produces<RegistryChange.RegistryAnswer>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .WithSummary("Makes it a gateway of the registry, with the checks and the audit entry of PUT /gateways.");
        edit.MapDelete("/{id:long}", DismissAsync).Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Takes it off the list, until it is seen again.");
    }

    static async Task<IResult> ListAsync(ISightings sightings, IRegistry registry, CancellationToken stop)
    {
        var known = Known(registry.Current);
        // Whoever came into the registry by another way waits for nobody any more.
        var open = (await sightings.ListAsync(stop)).Where(sighting => !known.Contains(sighting.Name));
        return TypedResults.Ok(new SightingsAnswer([.. open], await sightings.ForgottenAsync(stop)));
    }

    static async Task<IResult> AdoptAsync(
        long id, AdoptRequest body, ISightings sightings, RegistryChange change, SightingEntries entries, VisibleRegistry visible,
        CancellationToken stop)
    {
        if (await sightings.FindAsync(id, stop) is not { } sighting) return Unknown(id);
        if (FaultOf(body, sighting, visible.Snapshot) is { } fault) return fault;
        var row = new GatewayRow(
            RegistryChange.Place, body.Code!, body.Name!, GatewayKind.Mqtt, null, body.Username ?? sighting.Name,
            GatewaysApi.HashOf(body.Secret), body.ValidFrom ?? visible.Today, body.Dialect ?? sighting.Dialect);
        var result = await change.ApplyAsync(new RegistryRows { Gateways = [row] }, stop);
        if (result is not IStatusCodeHttpResult { StatusCode: StatusCodes.Status200OK }) return result;
        await sightings.RemoveAsync(id, stop);
        await entries.AddAsync("sighting.adopt", sighting, body.Code, stop);
        return result;
    }

    static async Task<IResult> DismissAsync(long id, ISightings sightings, SightingEntries entries, CancellationToken stop)
    {
        if (await sightings.FindAsync(id, stop) is not { } sighting) return Unknown(id);
        await sightings.RemoveAsync(id, stop);
        await entries.AddAsync("sighting.dismiss", sighting, null, stop);
        return TypedResults.NoContent();
    }

    static IResult? FaultOf(AdoptRequest body, Sighting sighting, RegistrySnapshot registry)
    {
        if (string.IsNullOrEmpty(body.Code)) return RegistryChange.Missing("code");
        if (string.IsNullOrEmpty(body.Name)) return RegistryChange.Missing("name");
        if (registry.Gateway(body.Code) is not null)
            return Problem.Of(
                StatusCodes.Status409Conflict, "CODE_TAKEN", "There is a gateway of this code",
                $"{body.Code} is in the registry already: adopt it under another code, or change that one.");
        if (sighting.Way == "listener") return string.IsNullOrEmpty(body.Secret) ? RegistryChange.Missing("secret") : null;
        // Behind a broker the name in the topic is all that tells whose message it is.
        return sighting.Dialect is null && body.Dialect is null && body.Code != sighting.Name
            ? Problem.Bad($"code must be {sighting.Name}: so its topic names it.") : null;
    }

    static HashSet<string> Known(RegistrySnapshot registry) =>
    [
        .. registry.Gateways.Where(gateway => gateway.Kind == GatewayKind.Mqtt)
            .SelectMany(gateway => new[] { gateway.Code, gateway.Username }),
    ];

    static IResult Unknown(long id) =>
        Problem.NotFound(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"sighting {id}"));

    /// <param name="Code">The gateway's code; <c>Name</c> is for people.</param>
    /// <param name="Secret">What it logs in with; needed where it connects to our listener.</param>
    /// <param name="Username">The name it logs in with; the one it was sighted under where none is given.</param>
    /// <param name="Dialect">The one it seemed to speak where none is given.</param>
    /// <param name="ValidFrom">Today where none is given.</param>
    public sealed record AdoptRequest(
        string? Code, string? Name, string? Secret, string? Username = null, string? Dialect = null, DateOnly? ValidFrom = null);

    /// <param name="Forgotten">How many were forgotten because there were too many.</param>
    sealed record SightingsAnswer(IReadOnlyList<Sighting> Items, long Forgotten);
}

/// <summary>Writes down who adopted or dismissed whom.</summary>
sealed class SightingEntries(IAuditLog audit, VisibleRegistry visible, TimeProvider clock)
{
    public ValueTask AddAsync(string action, Sighting sighting, string? code, CancellationToken stop) => audit.AddAsync(
        new AuditEntry(
            0, clock.Now(), visible.Caller.Name, action, $"sighting {sighting.Name}", $"{sighting.Way} {sighting.Address}".TrimEnd(),
            code is null ? null : $"gateway {code}"),
        stop);
}
