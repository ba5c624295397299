using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace EnergyWatch.Api.Access;

/// <summary>
/// Reads who is asking from <c>Authorization: Bearer TOKEN</c> (a login's token or an API key), the session cookie, or
/// <c>Authorization: Basic</c> with a gateway's name and secret (for gateways of kind http).
/// </summary>
sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, Credentials credentials)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string SchemeName = "EnergyWatch";
    public const string CookieName = "energywatch_session";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var stop = Context.RequestAborted;
        string? header = Request.Headers.Authorization;
        Caller? caller;
        if (header is null)
        {
            if (Request.Cookies[CookieName] is not { } cookie) return AuthenticateResult.NoResult();
            caller = await credentials.OfSessionAsync(cookie, stop);
        }
        else if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            var token = header["Bearer ".Length..].Trim();
            caller = ApiKeys.IsKey(token) ? await credentials.OfKeyAsync(token, stop) : await credentials.OfSessionAsync(token, stop);
        }
        // InfluxDB clients send their token under this scheme.
        else if (header.StartsWith("Token ", StringComparison.OrdinalIgnoreCase))
        {
            caller = await credentials.OfKeyAsync(header["Token ".Length..].Trim(), stop);
        }
        else if (header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            caller = await credentials.OfGatewayAsync(header["Basic ".Length..].Trim(), Context.Connection.RemoteIpAddress?.ToString() ?? "", stop);
        }
        else
        {
            return AuthenticateResult.Fail("Unknown authorization scheme.");
        }
        return caller is null
            ? AuthenticateResult.Fail("Unknown, ended or revoked credentials.")
            : AuthenticateResult.Success(new AuthenticationTicket(caller.ToPrincipal(SchemeName), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        return Problems.Problem.Of(
            StatusCodes.Status401Unauthorized, "UNAUTHENTICATED", "Please log in",
            "Send Authorization: Bearer with a login's token or an API key.").ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.Problem.Forbidden().ExecuteAsync(Context);
}

/// <summary>Turns what a caller shows into who it is, asking the store each time: what was revoked is refused at once.</summary>
sealed class Credentials(IAccessStore access, IRegistry registry, IServiceProvider services, TimeProvider clock)
{
    public async ValueTask<Caller?> OfSessionAsync(string token, CancellationToken stop)
    {
        var session = await access.FindSessionAsync(SecretHash.OfToken(token), stop);
        if (session is null || session.ExpiresAt <= clock.Now()) return null;
        var user = await access.FindUserAsync(session.User, stop);
        return user is null || user.Disabled ? null : new Caller(user.Name, user.Role, user.Scope);
    }

    public async ValueTask<Caller?> OfKeyAsync(string token, CancellationToken stop)
    {
        if (ApiKeys.IdOf(token) is not { } id || await access.FindKeyAsync(id, stop) is not { RevokedAt: null } key) return null;
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(SecretHash.OfToken(token)), Encoding.ASCII.GetBytes(key.KeyHash))
            ? new Caller($"key:{key.Name}", key.Role, key.Scope)
            : null;
    }

    /// <summary>A gateway of kind http that shows its name and secret; it may push readings of its own meters only.</summary>
    public async ValueTask<Caller?> OfGatewayAsync(string basic, string address, CancellationToken stop)
    {
        // Only the role that takes readings knows gateways' secrets.
        if (services.GetService<GatewaySecrets>() is not { } secrets || !Base64.IsValid(basic)) return null;
        var parts = Encoding.UTF8.GetString(Convert.FromBase64String(basic)).Split(':', 2);
        var gateway = registry.Current.Gateways.FirstOrDefault(g => g.Kind == GatewayKind.Http && g.Username == parts[0]);
        return parts.Length == 2 && await secrets.MatchesAsync(gateway, parts[1], address, stop)
            ? new Caller($"gateway:{gateway!.Code}", AccessRole.Ingest, Scope.County)
            : null;
    }
}
