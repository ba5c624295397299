using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Protocol;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Watches the registry: a gateway that is gone from it, or whose name or secret changed, is disconnected at once.
/// </summary>
sealed class RevokedGateways(
    IRegistry registry, GatewaySessions sessions, GatewayLogins logins, TimeProvider clock,
    ILogger<RevokedGateways> log) : BackgroundService
{
    static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(5);

    readonly HashSet<string> _saidOf = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var seen = 0L;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var now = await registry.NewerThanAsync(seen, stoppingToken);
                Apply(now);
                seen = now.Version;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                log.WatchFault(exception);
                await Task.Delay(PauseAfterFault, clock, stoppingToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    void Apply(RegistrySnapshot now)
    {
        logins.Keep(now);
        var idle = logins.RulesOfNobody(now).ToList();
        foreach (var (rule, gateway) in idle)
            if (_saidOf.Add(rule)) log.RuleOfNobody(rule, gateway);
        _saidOf.IntersectWith(idle.Select(one => one.Rule));
        foreach (var connection in sessions.Connected)
            if (connection.Gateway is { } gateway && !GatewayLogins.StillHolds(gateway, now))
                connection.End(
                    EndCause.Revoked, ReasonCode.NotAuthorized, "the gateway was revoked, or has a new secret or dialect");
        sessions.KeepOnlyOf(now);
    }

    /// <summary>Codes of the gateways that may be heard.</summary>
    public static HashSet<string> Known(RegistrySnapshot now) =>
        [.. now.Gateways.Where(gateway => gateway.Kind == GatewayKind.Mqtt).Select(gateway => gateway.Code)];
}
