using System.Security.Claims;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Access;

/// <summary>Who is asking: a user, a key (<c>key:name</c>) or a gateway (<c>gateway:code</c>), with role and scope.</summary>
sealed record Caller(string Name, AccessRole Role, Scope Scope)
{
    const string ScopeClaim = "scope";

    public string? Gateway => Name.StartsWith("gateway:", StringComparison.Ordinal) ? Name["gateway:".Length..] : null;

    public ClaimsPrincipal ToPrincipal(string scheme) => new(new ClaimsIdentity(
        [new Claim(ClaimTypes.Name, Name), new Claim(ClaimTypes.Role, Role.Key()), new Claim(ScopeClaim, Scope.Text)], scheme));

    public static Caller Of(ClaimsPrincipal principal)
    {
        if (principal.Identity?.Name is not { } name || !AccessRoles.TryParse(principal.FindFirstValue(ClaimTypes.Role), out var role))
            throw new InvalidOperationException("This endpoint was mapped without RequireAuthorization.");
        return new Caller(name, role, new Scope(principal.FindFirstValue(ScopeClaim)!));
    }
}

/// <summary>
/// The registry as the caller of this request may see it. Endpoints take it instead of <see cref="IRegistry"/>: what is not in it
/// cannot be asked for, whatever the query says.
/// </summary>
sealed class VisibleRegistry
{
    public VisibleRegistry(IHttpContextAccessor http, IRegistry registry, ReportingCalendar calendar, TimeProvider clock)
    {
        Caller = Caller.Of(http.HttpContext!.User);
        Whole = registry.Current;
        Today = calendar.DayOf(clock.Now());
        Snapshot = Caller.Scope.Of(Whole, Today);
    }

    public Caller Caller { get; }
    public RegistrySnapshot Snapshot { get; private set; }
    public DateOnly Today { get; }

    RegistrySnapshot Whole { get; }

    /// <summary>
    /// Null when figures of this scope may be shown: an institution inside the caller's scope, the caller's scope itself, or, for the
    /// whole county, any group (<c>system:…</c>, <c>type:…</c>). Else the refusal.
    /// </summary>
    public IResult? RefuseScope(string scope)
    {
        if (scope == Caller.Scope.Text || Snapshot.Institution(scope) is not null) return null;
        var isGroup = scope == Scope.County.Text || scope.Contains(':', StringComparison.Ordinal);
        if (!isGroup) return Refuse("institution", scope);
        return Caller.Scope.IsCounty ? null : Problems.Problem.Forbidden();
    }

    /// <summary>For the rest of the request, only what also lies in this scope.</summary>
    public void Narrow(string scope) => Snapshot = new Scope(scope).Of(Snapshot, Today);

    /// <summary>Refuses by name: 403 for what exists elsewhere, 404 for what exists nowhere. Neither carries data.</summary>
    public IResult Refuse(string what, string code) =>
        Whole.Institution(code) is not null || Whole.Meter(code) is not null || Whole.Gateway(code) is not null || Whole.PvSite(code) is not null
            ? Problems.Problem.Forbidden()
            : Problems.Problem.NotFound($"{what} {code}");
}
