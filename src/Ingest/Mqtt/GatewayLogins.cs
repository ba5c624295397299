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
        if (NamedBy(certificateName) is { } certified)
        {
            if ((connect.Username ?? certified.Username) != certified.Username)
                return new LoginOutcome(ReasonCode.NotAuthorized, "certificate_of_another", certified);
            if (connect.Password is null) return new LoginOutcome(ReasonCode.Success, "ok", certified);
        }
        if (connect.Username is not { } username || connect.Password is not { } secret)
            return secrets.MayGiveNone(address)
                ? new LoginOutcome(ReasonCode.NotAuthorized, "no_credentials", null)
                : new LoginOutcome(ReasonCode.ConnectionRateExceeded, "locked_out", null);
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

    /// <summary>Forgets what was verified of gateways that are gone or have another secret.</summary>
    public void Keep(RegistrySnapshot now) =>
        secrets.Keep(now.Gateways.Select(gateway => gateway.SecretHash).OfType<string>().ToHashSet());

    /// <summary>Topic rules for a gateway that is not there: a slip of the pen, or left behind.</summary>
    public IEnumerable<(string Rule, string Gateway)> RulesOfNobody(RegistrySnapshot now) =>
        from rule in options.TopicRules
        let gateway = TopicRule.Parse(rule)?.Gateway
        where gateway is not (null or "*") && now.Gateway(gateway) is not { Kind: GatewayKind.Mqtt }
        select (rule, gateway);

    bool IsGateway(string? username) =>
        username is not null && registry.Current.Gateways.Any(g => g.Kind == GatewayKind.Mqtt && g.Username == username);

    // A certificate that the authority of the site signed for a gateway's user name stands for the secret, where the site
    // says so; and its holder is that gateway and no other, so that one stolen secret is not enough to be another.
    Gateway? NamedBy(string? certificateName)
    {
        if (certificateName is null || options.Tls is not { CertificateIsLogin: true }) return null;
        return registry.Current.Gateways.FirstOrDefault(
            g => g.Kind == GatewayKind.Mqtt && g.Username == certificateName);
    }

    /// <summary>True while what this gateway logged in with still holds.</summary>
    public static bool StillHolds(Gateway then, RegistrySnapshot registry) =>
        registry.Gateway(then.Code) is { Kind: GatewayKind.Mqtt } now && now.SecretHash == then.SecretHash
            && now.Username == then.Username && now.Dialect == then.Dialect;
}
