using EnergyWatch.Api.Configuration;

namespace EnergyWatch.Api.Health;

/// <summary><c>/healthz</c>: the process lives. <c>/readyz</c>: it can do its work, with reasons about the data. <c>/metrics</c>: for Prometheus.</summary>
static class HealthApi
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        // Counts from now on, not from the first time somebody looks.
        var metrics = app.ServiceProvider.GetRequiredService<MetricsText>();
        app.MapGet("/healthz", () => TypedResults.Text("alive")).ExcludeFromDescription().AllowAnonymous();
        app.MapGet("/readyz", ReadyAsync).ExcludeFromDescription().AllowAnonymous();
        app.MapGet("/metrics", () => TypedResults.Text(metrics.Write(), "text/plain; version=0.0.4"))
            .ExcludeFromDescription().AllowAnonymous();
    }

    static async Task<IResult> ReadyAsync(IEnumerable<IReadinessCheck> checks, AppConfig config, CancellationToken stop)
    {
        var found = new List<Readiness>();
        foreach (var check in checks) found.AddRange(await check.LookAsync(stop));
        var ready = found.All(reason => !reason.Blocks);
        return TypedResults.Json(
            new { Ready = ready, Roles = config.Roles.ToString(), Reasons = found },
            statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}

/// <summary>Something worth knowing about the work of one role. A reason that blocks makes the service not ready.</summary>
/// <param name="Part">pipeline, sources, jobs, meters, …</param>
sealed record Readiness(string Part, bool Blocks, string Reason);

/// <summary>Looks at one part of the service. Answers nothing where all is well.</summary>
interface IReadinessCheck
{
    ValueTask<IReadOnlyList<Readiness>> LookAsync(CancellationToken stop);
}
