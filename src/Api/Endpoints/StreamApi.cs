using System.Runtime.CompilerServices;
using EnergyWatch.Api.Access;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary>
/// <c>GET /stream</c>: server-sent events. <c>overview</c> says that what the first screen shows may have changed; the client asks for it
/// anew. It carries no figures, so it needs no scope.
/// </summary>
static class StreamApi
{
    static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    public static void MapStream(this IEndpointRouteBuilder api) =>
        api.MapGet("/stream", (TimeProvider clock, IHostApplicationLifetime lifetime, HttpContext http) =>
                TypedResults.ServerSentEvents(Beats(clock, lifetime.ApplicationStopping, http.RequestAborted), "overview"))
            .WithTags("overview").RequireAuthorization(Permissions.Read)
            .WithSummary("Server-sent events: overview says that the first screen may have changed.");

    static async IAsyncEnumerable<Tick> Beats(TimeProvider clock, CancellationToken stopping, [EnumeratorCancellation] CancellationToken gone)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, gone);
        using var timer = new PeriodicTimer(Beat, clock);
        while (true)
        {
            yield return new Tick(clock.Now());
            if (!await Next(timer, either.Token)) yield break;
        }
    }

    // A client that goes away, or a service that stops, ends the stream; neither is a fault.
    static async ValueTask<bool> Next(PeriodicTimer timer, CancellationToken either)
    {
        try { return await timer.WaitForNextTickAsync(either); }
        catch (OperationCanceledException) when (either.IsCancellationRequested) { return false; }
    }

    sealed record Tick(Instant At);
}
