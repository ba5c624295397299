using System.Globalization;
using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary><c>/auth</c>: login with lock-out, who am I, logout.</summary>
static class AuthApi
{
    static readonly TimeSpan SessionLength = TimeSpan.FromHours(12);
    const int LongestName = 64;
    const int LongestPassword = 256;

    public static void MapAuth(this IEndpointRouteBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("auth");
        auth.MapPost("/login", LoginAsync).AllowAnonymous().Produces<LoginAnswer>()
            .WithSummary("Logs in: a token for programs, a cookie for browsers. Locked for a while after wrong passwords.");
        auth.MapGet("/me", (HttpContext http) => UserAnswer.Of(Caller.Of(http.User))).RequireAuthorization().Produces<UserAnswer>()
            .WithSummary("Who is asking.");
        auth.MapPost("/logout", LogoutAsync).RequireAuthorization().WithSummary("Ends the session.");
    }

    static async Task<IResult> LoginAsync(
        LoginRequest request, HttpContext http, IAccessStore access, IAuditLog audit, LoginGuard guard, TimeProvider clock)
    {
        var stop = http.RequestAborted;
        var address = http.Connection.RemoteIpAddress?.ToString() ?? "";
        var (name, password) = (request.Username ?? "", request.Password ?? "");
        if (name.Length > LongestName || password.Length > LongestPassword) return Problem.Bad("username or password is too long.");
        if (guard.Begin(name, address) is var wait && wait > TimeSpan.Zero)
        {
            http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return Problem.Of(StatusCodes.Status429TooManyRequests, "LOCKED_OUT", "Too many wrong passwords",
                $"Try again in {Math.Ceiling(wait.TotalMinutes)} minute(s).");
        }
        var user = await access.FindUserAsync(name, stop);
        // An unknown name costs the same time as a wrong password, so that names cannot be found out by the clock.
        var right = await MatchesAsync(password, user?.PasswordHash ?? Decoy.Value, stop);
        if (!right || user is null || user.Disabled)
        {
            await audit.AddAsync(new AuditEntry(0, clock.Now(), name, "login.refused", address, null, null), stop);
            return Problem.Of(StatusCodes.Status401Unauthorized, "WRONG_PASSWORD", "User name or password is wrong");
        }
        guard.Succeeded(name, address);
        var token = ApiKeys.NewToken();
        var expires = clock.Now() + SessionLength;
        await access.AddSessionAsync(new Session(SecretHash.OfToken(token), user.Name, clock.Now(), expires), stop);
        await audit.AddAsync(new AuditEntry(0, clock.Now(), user.Name, "login", address, null, null), stop);
        http.Response.Cookies.Append(TokenAuthentication.CookieName, token, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = http.Request.IsHttps,
            Expires = expires.ToDateTimeOffset(),
        });
        return TypedResults.Ok(new LoginAnswer(token, expires, new UserAnswer(user.Name, user.Role.Key(), user.Scope.Text)));
    }

    static async Task<IResult> LogoutAsync(HttpContext http, IAccessStore access)
    {
        var token = http.Request.Cookies[TokenAuthentication.CookieName] ?? http.Request.Headers.Authorization.ToString().Split(' ')[^1];
        await access.EndSessionAsync(SecretHash.OfToken(token), http.RequestAborted);
        http.Response.Cookies.Delete(TokenAuthentication.CookieName);
        return TypedResults.NoContent();
    }

    // Stretching a password takes a core for a good part of a second: one at a time, so that guessers cannot take all of them.
    static async Task<bool> MatchesAsync(string password, string hash, CancellationToken stop)
    {
        await Hashing.WaitAsync(stop);
        try { return await Task.Run(() => SecretHash.Matches(password, hash), stop); }
        finally { Hashing.Release(); }
    }

    static readonly SemaphoreSlim Hashing = new(1);

    static readonly Lazy<string> Decoy = new(() => SecretHash.Create(ApiKeys.NewToken()));

    sealed record LoginRequest(string? Username, string? Password);

    sealed record LoginAnswer(string Token, Instant ExpiresAt, UserAnswer User);

    sealed record UserAnswer(string Name, string Role, string Scope)
    {
        public static UserAnswer Of(Caller caller) => new(caller.Name, caller.Role.Key(), caller.Scope.Text);
    }
}
