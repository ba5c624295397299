using EnergyWatch.Domain.Access;

namespace EnergyWatch.Api.Access;

/// <summary>What an endpoint may be used for, and which roles may. The names are the authorization policies.</summary>
static class Permissions
{
    public const string Read = "read";
    public const string Edit = "edit";
    public const string Push = "push";
    public const string Sign = "sign";
    public const string Audit = "audit";
    public const string Administer = "administer";

    static readonly Dictionary<string, AccessRole[]> Roles = new()
    {
        [Read] = [AccessRole.Administrator, AccessRole.Officer, AccessRole.Approver, AccessRole.Agency, AccessRole.Auditor],
        [Edit] = [AccessRole.Administrator, AccessRole.Officer],
        [Push] = [AccessRole.Administrator, AccessRole.Officer, AccessRole.Ingest],
        [Sign] = [AccessRole.Administrator, AccessRole.Officer, AccessRole.Agency],
        [Audit] = [AccessRole.Administrator, AccessRole.Officer, AccessRole.Auditor],
        [Administer] = [AccessRole.Administrator],
    };

    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddSingleton<Credentials>();
        services.AddSingleton<LoginGuard>();
        services.AddScoped<VisibleRegistry>();
        services.AddAuthentication(TokenAuthentication.SchemeName)
            .AddScheme<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, null);
        var policies = services.AddAuthorizationBuilder();
        foreach (var (permission, roles) in Roles)
            policies.AddPolicy(permission, policy => policy.RequireRole(roles.Select(role => role.Key())));
        return services;
    }
}
