using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary><c>/users</c>, <c>/keys</c> and <c>/audit</c>: accounts and what was done with them.</summary>
static class AdministrationApi
{
    public static void MapAdministration(this IEndpointRouteBuilder api)
    {
        var users = api.MapGroup("/users").WithTags("administration").RequireAuthorization(Permissions.Administer).ForTheCounty();
        users.MapGet("/", async (IAccessStore access, CancellationToken stop) => (await access.UsersAsync(stop)).Select(UserAnswer.Of));
        users.MapPut("/{name}", SaveUserAsync).Produces<UserAnswer>();

        var keys = api.MapGroup("/keys").WithTags("administration").RequireAuthorization(Permissions.Administer).ForTheCounty();
        keys.MapGet("/", async (IAccessStore access, CancellationToken stop) => (await access.KeysAsync(stop)).Select(KeyAnswer.Of));
        keys.MapPost("/", CreateKeyAsync).Produces<NewKeyAnswer>(StatusCodes.Status201Created);
        keys.MapDelete("/{id}", RevokeKeyAsync);

        api.MapGet("/audit", async ([AsParameters] PageRequest page, IAuditLog audit, CancellationToken stop) =>
                page.From(await audit.ListAsync(page.Size + 1, page.Before, stop), entry => entry.Id, entry => entry))
            .WithTags("administration").RequireAuthorization(Permissions.Audit).ForTheCounty().Produces<Page<AuditEntry>>();
    }

    static async Task<IResult> SaveUserAsync(
        string name, UserRequest request, HttpContext http, IAccessStore access, IAuditLog audit, TimeProvider clock)
    {
        var stop = http.RequestAborted;
        var known = await access.FindUserAsync(name, stop);
        if (!AccessRoles.TryParse(request.Role ?? known?.Role.Key(), out var role)) return Problem.Bad($"role must be one of {RoleNames}.");
        if (known is null && request.Password is null) return Problem.Bad("A new user needs a password.");
        if (request.Password is { Length: < 8 }) return Problem.Bad("A password has at least 8 characters.");
        var user = new UserAccount(
            name, request.Password is { } password ? SecretHash.Create(password) : known!.PasswordHash, role,
            request.Scope is { } scope ? new Scope(scope) : known?.Scope ?? Scope.County, request.Disabled ?? known?.Disabled ?? false,
            known?.CreatedAt ?? clock.Now());
        await access.SaveUserAsync(user, stop);
        await audit.AddAsync(new AuditEntry(
            0, clock.Now(), Caller.Of(http.User).Name, "user.save", $"user {name}", known is null ? null : Describe(known), Describe(user)), stop);
        return TypedResults.Ok(UserAnswer.Of(user));
    }

    static async Task<IResult> CreateKeyAsync(KeyRequest request, HttpContext http, IAccessStore access, IAuditLog audit, TimeProvider clock)
    {
        if (string.IsNullOrWhiteSpace(request.Name)) return Problem.Bad("A key needs a name.");
        if (!AccessRoles.TryParse(request.Role, out var role)) return Problem.Bad($"role must be one of {RoleNames}.");
        var (key, text) = ApiKeys.Create(request.Name, role, request.Scope is { } scope ? new Scope(scope) : Scope.County, clock.Now());
        await access.AddKeyAsync(key, http.RequestAborted);
        await audit.AddAsync(new AuditEntry(
            0, clock.Now(), Caller.Of(http.User).Name, "key.create", $"key {key.Id}", null, $"{key.Name} {role.Key()} {key.Scope.Text}"), http.RequestAborted);
        return TypedResults.Created($"/api/v1/keys/{key.Id}", new NewKeyAnswer(key.Id, key.Name, text));
    }

    static async Task<IResult> RevokeKeyAsync(string id, HttpContext http, IAccessStore access, IAuditLog audit, TimeProvider clock)
    {
        if (!await access.RevokeKeyAsync(id, clock.Now(), http.RequestAborted)) return Problem.NotFound($"key {id} that is in force");
        await audit.AddAsync(new AuditEntry(0, clock.Now(), Caller.Of(http.User).Name, "key.revoke", $"key {id}", null, null), http.RequestAborted);
        return TypedResults.NoContent();
    }

    static string RoleNames => string.Join(", ", Enum.GetValues<AccessRole>().Select(role => role.Key()));

    static string Describe(UserAccount user) => $"{user.Role.Key()} {user.Scope.Text}{(user.Disabled ? " disabled" : "")}";

    sealed record UserRequest(string? Password, string? Role, string? Scope, bool? Disabled);

    sealed record UserAnswer(string Name, string Role, string Scope, bool Disabled, Instant CreatedAt)
    {
        public static UserAnswer Of(UserAccount user) => new(user.Name, user.Role.Key(), user.Scope.Text, user.Disabled, user.CreatedAt);
    }

    sealed record KeyRequest(string? Name, string? Role, string? Scope);

    sealed record NewKeyAnswer(string Id, string Name, string Key);

    sealed record KeyAnswer(string Id, string Name, string Role, string Scope, Instant CreatedAt, Instant? RevokedAt)
    {
        public static KeyAnswer Of(ApiKey key) => new(key.Id, key.Name, key.Role.Key(), key.Scope.Text, key.CreatedAt, key.RevokedAt);
    }
}
