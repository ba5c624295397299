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
sealed class GatewayLogins(IRegistry registry, GatewaySecrets secrets, MqttOptions options)
{
    /// <param name="certificateName">Common name of the certificate that the client proved to have; null without
    /// one.</param>
    public async ValueTask<LoginOutcome> JudgeAsync(
        ConnectPacket connect, string address, string? certificateName, CancellationToken stop)
    {
        if (options.IsOpen && !IsGateway(connect.Username)) return new LoginOutcome(ReasonCode.Success, "open", null);
        if (ByCertificate(connect, certificateName) is { } certified)
            return new LoginOutcome(ReasonCode.Success, "ok", certified);
        if (connect.Username is not { } username || connect.Password is not { } secret)
            return new LoginOutcome(ReasonCode.NotAuthorized, "no_credentials", null);
        var gateway = registry.Current.Gateways.FirstOrDefault(
            g => g.Kind == GatewayKind.Mqtt && g.SecretHash is not null && g.Username == username);
        var (code, reason) = await secrets.JudgeAsync(gateway, secret, address, stop) switch
        {
            SecretVerdict.Right => (ReasonCode.Success, "ok"),
            SecretVerdict.LockedOut => (ReasonCode.ConnectionRateExceeded, "locked_out"),
            SecretVerdict.Crowded => (ReasonCode.ServerBusy, "too_many_waiting"),
            _ => (ReasonCode.BadUserNameOrPassword, gateway is null ? "unknown_user" : "wrong_secret"),
        };
        return new LoginOutcome(code, reason, gateway);
    }

    bool IsGateway(string? username) =>
        username is not null && registry.Current.Gateways.Any(g => g.Kind == GatewayKind.Mqtt && g.Username == username);

    // A certificate that the authority of the site signed for this user name stands for the secret, where the site says
    // so and the client gives none.
    Gateway? ByCertificate(ConnectPacket connect, string? certificateName)
    {
        if (certificateName is null || options.Tls is not { CertificateIsLogin: true }) return null;
        if (connect.Password is not null || (connect.Username ?? certificateName) != certificateName) return null;
        return registry.Current.Gateways.FirstOrDefault(
            g => g.Kind == GatewayKind.Mqtt && g.Username == certificateName);
    }

    /// <summary>True while what this gateway logged in with still holds.</summary>
    public static bool StillHolds(Gateway then, RegistrySnapshot registry) =>
        registry.Gateway(then.Code) is { Kind: GatewayKind.Mqtt } now && now.SecretHash == then.SecretHash
            && now.Username == then.Username && now.Dialect == then.Dialect;
}
