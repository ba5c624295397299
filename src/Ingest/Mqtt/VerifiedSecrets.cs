using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using EnergyWatch.Domain.Access;
using EnergyWatch.Ingest.Mqtt.Door;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Checks secrets against their stretched hashes. Stretching costs milliseconds of a core, so it runs aside, a few at a
/// time, and a pair that was verified once is remembered under a keyed hash with a key that dies with the process: two
/// thousand gateways that come back at once cost a SHA-256 each.
/// </summary>
sealed class VerifiedSecrets
{
    readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    readonly ConcurrentDictionary<string, byte[]> _verified = new();

    /// <summary>True where this secret was verified against this hash before.</summary>
    public bool IsKnown(ReadOnlyMemory<byte> secret, string stored) =>
        _verified.TryGetValue(stored, out var known)
            && CryptographicOperations.FixedTimeEquals(known, Tag(secret, stored));

    /// <summary>Who may stretch, and who waits for it.</summary>
    public StretchingTurns Turns { get; } = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>Stretches and compares; only for who has a turn.</summary>
    public async ValueTask<bool> MatchesAsync(ReadOnlyMemory<byte> secret, string stored, CancellationToken stop)
    {
        var text = Encoding.UTF8.GetString(secret.Span);
        if (!await Task.Run(() => SecretHash.Matches(text, stored), stop)) return false;
        _verified[stored] = Tag(secret, stored);
        return true;
    }

    /// <summary>Forgets every pair whose hash is no longer in the registry.</summary>
    public void Keep(IReadOnlySet<string> stored)
    {
        foreach (var hash in _verified.Keys)
            if (!stored.Contains(hash)) _verified.TryRemove(hash, out _);
    }

    byte[] Tag(ReadOnlyMemory<byte> secret, string stored)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hmac.AppendData(Encoding.UTF8.GetBytes(stored));
        hmac.AppendData([0]);
        hmac.AppendData(secret.Span);
        return hmac.GetHashAndReset();
    }
}
