using System.Text;
using System.Text.Unicode;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Whether a secret is a gateway's, whichever way it comes in, and the lock-out that makes guessing slow. Failures of
/// all ways are counted together, per address and gateway.
/// </summary>
public sealed class GatewaySecrets
{
    const string UnknownUser = "?";

    // Somebody who asks for a name that does not exist waits as long as for one that does.
    static readonly string Decoy = SecretHash.Create("nobody has this", SecretHash.GatewayIterations);

    readonly VerifiedSecrets _secrets;
    readonly LoginGuard _guard;

    internal GatewaySecrets(VerifiedSecrets secrets, LoginGuard guard) => (_secrets, _guard) = (secrets, guard);

    /// <summary>
    /// True where this is the gateway's secret and the address is not locked out for it. A secret verified once costs
    /// microseconds from then on; any other waits for its turn and some milliseconds of a core.
    /// </summary>
    /// <param name="gateway">The gateway of the user name that was given, of the kind that may come this way; null
    /// where there is none: that takes as long and counts as a failure of the address.</param>
    /// <param name="address">Where it comes from: the IP address as text, without the port.</param>
    public async ValueTask<bool> MatchesAsync(Gateway? gateway, string secret, string address, CancellationToken stop)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        return await JudgeAsync(gateway, bytes, address, stop) == SecretVerdict.Right;
    }

    /// <summary>
    /// Somebody gave no secret at all. It is a failure of its address like a made-up name; no guess at anybody's secret,
    /// so that it locks no gateway out. False where there were too many.
    /// </summary>
    internal bool MayGiveNone(string address)
    {
        if (_guard.IsLocked(address, UnknownUser) || _guard.IsCrowded(address)) return false;
        _guard.Failed(address, UnknownUser);
        return true;
    }

    internal void Keep(IReadOnlySet<string> stored) => _secrets.Keep(stored);

    internal async ValueTask<SecretVerdict> JudgeAsync(
        Gateway? gateway, ReadOnlyMemory<byte> secret, string address, CancellationToken stop)
    {
        var user = gateway?.Code ?? UnknownUser;
        if (_guard.IsLocked(address, user)) return SecretVerdict.LockedOut;
        if (gateway?.SecretHash is { } known && _secrets.IsKnown(secret, known)) return SecretVerdict.Right;
        if (_guard.IsCrowded(address)) return SecretVerdict.LockedOut;
        using var turn = await _secrets.Turns.EnterAsync(gateway?.Code, stop);
        if (turn is null) return SecretVerdict.Crowded;
        // Only now: whoever came at the same time, and was right or wrong before us, counts too.
        if (gateway?.SecretHash is { } verified && !_guard.IsLocked(address, user) && _secrets.IsKnown(secret, verified))
            return SecretVerdict.Right;
        if (_guard.IsLocked(address, user) || _guard.IsCrowded(address)) return SecretVerdict.LockedOut;
        var matches = Utf8.IsValid(secret.Span)
            && await _secrets.MatchesAsync(secret, gateway?.SecretHash ?? Decoy, stop);
        if (matches && gateway?.SecretHash is not null)
        {
            _guard.Succeeded(address, user);
            return SecretVerdict.Right;
        }
        _guard.Failed(address, user);
        return SecretVerdict.Wrong;
    }
}

/// <summary>What is to be said of a secret.</summary>
enum SecretVerdict
{
    Right,
    Wrong,

    /// <summary>Not looked at: there were too many failures.</summary>
    LockedOut,

    /// <summary>Not looked at: too many wait already under its name.</summary>
    Crowded,
}
