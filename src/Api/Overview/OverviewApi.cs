using System.Text.Json;
using EnergyWatch.Api.Access;
using EnergyWatch.Domain.Time;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace EnergyWatch.Api.Overview;

/// <summary><c>GET /overview</c>: what the first screen shows, in one call.</summary>
static class OverviewApi
{
    public static void MapOverview(this IEndpointRouteBuilder api) =>
        api.MapGet("/overview", GetAsync).WithTags("overview").RequireAuthorization(Permissions.Read).Produces<OverviewAnswer>()
            .WithSummary("What the first screen shows, in one call.");

    static async Task<IResult> GetAsync(
        string? scope, VisibleRegistry visible, OverviewCache cache, IServiceScopeFactory scopes, TimeProvider clock,
        IOptions<JsonOptions> json, IHostApplicationLifetime lifetime)
    {
        var asked = scope ?? visible.Caller.Scope.Text;
        if (visible.RefuseScope(asked) is { } refusal) return refusal;
        // Answers are shared between callers of the same scope only: what is shown depends on what the caller may see of it.
        var key = $"{asked} {visible.Caller.Scope.Text} {visible.Snapshot.Version}";
        return TypedResults.Bytes(await cache.GetAsync(key, clock.Now(), ComputeAsync), "application/json; charset=utf-8");

        // In a scope of its own: the computation may outlast the request that began it.
        async Task<byte[]> ComputeAsync()
        {
            await using var own = scopes.CreateAsyncScope();
            var answer = await own.ServiceProvider.GetRequiredService<OverviewView>().OfAsync(asked, lifetime.ApplicationStopping);
            return JsonSerializer.SerializeToUtf8Bytes(answer, json.Value.SerializerOptions);
        }
    }
}
