using EnergyWatch.Api.Access;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary><c>GET /overview</c>: what the first screen shows, in one call.</summary>
static class OverviewApi
{
    public static void MapOverview(this IEndpointRouteBuilder api) =>
        api.MapGet("/overview", GetAsync).WithTags("overview").RequireAuthorization(Permissions.Read).Produces<OverviewAnswer>()
            .WithSummary("What the first screen shows, in one call.");

    static async Task<IResult> GetAsync(
        string? scope, VisibleRegistry visible, OverviewCache cache, IServiceScopeFactory scopes, TimeProvider clock,
        IHostApplicationLifetime lifetime)
    {
        var asked = scope ?? visible.Caller.Scope.Text;
        if (visible.RefuseScope(asked) is { } refusal) return refusal;
        // Answers are shared between callers, so they depend on the scope that is shown and on whether the county's own affairs are.
        var key = $"{asked} {visible.Caller.Scope.IsCounty} {visible.Snapshot.Version}";
        return TypedResults.Ok(await cache.GetAsync(key, clock.Now(), ComputeAsync));

        // In a scope of its own: the computation may outlast the request that began it.
        async Task<OverviewAnswer> ComputeAsync()
        {
            await using var own = scopes.CreateAsyncScope();
            return await own.ServiceProvider.GetRequiredService<OverviewView>().OfAsync(asked, lifetime.ApplicationStopping);
        }
    }
}
