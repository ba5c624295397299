using System.Text.Unicode;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>What became of a login: the gateway it is, or why not (a word for the counters, a code for the peer).</summary>
readonly record struct LoginOutcome(Gateway? Gateway, ReasonCode Code, string Reason);

/// <summary>Decides who a CONNECT is from. Deny by default: a gateway of kind mqtt with a secret, and nobody else.</summary>
sealed class GatewayLogins(IRegistry registry, VerifiedSecrets secrets, LoginGuard guard)
{
    const string UnknownUser = "?";

    // Somebody who asks for a name that does not exist waits as long as for one that does.
    static readonly string Decoy = SecretHash.Create("nobody has this", SecretHash.GatewayIterations);

    public async ValueTask<LoginOutcome> JudgeAsync(ConnectPacket connect, string address, CancellationToken stop)
    {
        if (connect.Username is not { } username || connect.Password is not { } secret)
            return new LoginOutcome(null, ReasonCode.NotAuthorized, "no_credentials");
        var gateway = registry.Current.Gateways.FirstOrDefault(g => g.Kind == GatewayKind.Mqtt && g.SecretHash is not null && g.Username == username);
        var user = gateway?.Code ?? UnknownUser;
        if (guard.IsLocked(address, user)) return new LoginOutcome(null, ReasonCode.ConnectionRateExceeded, "locked_out");
        if (gateway is not null && secrets.IsKnown(secret, gateway.SecretHash!)) return new LoginOutcome(gateway, ReasonCode.Success, "");
        if (guard.IsCrowded(address)) return new LoginOutcome(null, ReasonCode.ConnectionRateExceeded, "locked_out");

        var matches = await secrets.MatchesAsync(secret, gateway?.SecretHash ?? Decoy, stop) && Utf8.IsValid(secret.Span);
        if (matches && gateway is not null)
        {
            guard.Succeeded(address, user);
            return new LoginOutcome(gateway, ReasonCode.Success, "");
        }
        guard.Failed(address, user);
        return new LoginOutcome(null, ReasonCode.BadUserNameOrPassword, gateway is null ? "unknown_user" : "wrong_secret");
    }

    /// <summary>True while what this gateway logged in with still holds.</summary>
    public static bool StillHolds(Gateway then, RegistrySnapshot registry) =>
        registry.Gateway(then.Code) is { Kind: GatewayKind.Mqtt } now && now.SecretHash == then.SecretHash && now.Username == then.Username;
}
