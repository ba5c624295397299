using System.Text.Unicode;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// What became of a login: a word for the counters, a code for the peer, and the gateway whose name it bore, if there
/// is one.
/// </summary>
readonly record struct LoginOutcome(ReasonCode Code, string Reason, Gateway? Gateway)
{
    public bool IsLoggedIn => Code == ReasonCode.Success;
}

/// <summary>
/// Decides who a CONNECT is from. Deny by default: a gateway of kind mqtt with a secret, and nobody else.
/// </summary>
sealed class GatewayLogins(IRegistry registry, VerifiedSecrets secrets, LoginGuard guard)
{
    const string UnknownUser = "?";

    // Somebody who asks for a name that does not exist waits as long as for one that does.
    static readonly string Decoy = SecretHash.Create("nobody has this", SecretHash.GatewayIterations);

    public async ValueTask<LoginOutcome> JudgeAsync(ConnectPacket connect, string address, CancellationToken stop)
    {
        if (connect.Username is not { } username || connect.Password is not { } secret)
            return new LoginOutcome(ReasonCode.NotAuthorized, "no_credentials", null);
        var gateway = registry.Current.Gateways.FirstOrDefault(
            g => g.Kind == GatewayKind.Mqtt && g.SecretHash is not null && g.Username == username);
        var user = gateway?.Code ?? UnknownUser;
        if (guard.IsLocked(address, user))
            return new LoginOutcome(ReasonCode.ConnectionRateExceeded, "locked_out", gateway);
        if (gateway is not null && secrets.IsKnown(secret, gateway.SecretHash!))
            return new LoginOutcome(ReasonCode.Success, "ok", gateway);
        if (guard.IsCrowded(address)) return new LoginOutcome(ReasonCode.ConnectionRateExceeded, "locked_out", gateway);

        var matches = await secrets.MatchesAsync(secret, gateway?.SecretHash ?? Decoy, stop)
            && Utf8.IsValid(secret.Span);
        if (matches && gateway is not null)
        {
            guard.Succeeded(address, user);
            return new LoginOutcome(ReasonCode.Success, "ok", gateway);
        }
        guard.Failed(address, user);
        return new LoginOutcome(
            ReasonCode.BadUserNameOrPassword, gateway is null ? "unknown_user" : "wrong_secret", gateway);
    }

    /// <summary>True while what this gateway logged in with still holds.</summary>
    public static bool StillHolds(Gateway then, RegistrySnapshot registry) =>
        registry.Gateway(then.Code) is { Kind: GatewayKind.Mqtt } now && now.SecretHash == then.SecretHash
            && now.Username == then.Username;
}
