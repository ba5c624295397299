using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EnergyWatch.Domain.Access;

/// <summary>
/// One-way hashes. Secrets that people choose (passwords, gateway secrets) are stretched: <c>pbkdf2-sha256$iterations$salt$hash</c>.
/// Tokens and keys that we make from 256 random bits need no stretching: <see cref="OfToken"/>.
/// </summary>
public static class SecretHash
{
    /// <summary>OWASP's 2023 advice for PBKDF2-HMAC-SHA256. Tests pass fewer.</summary>
    public const int PasswordIterations = 600_000;

    /// <summary>Gateways connect often and their secrets are made by machines: enough to slow a guesser, not a county of gateways.</summary>
    public const int GatewayIterations = 20_000;

    const string Scheme = "pbkdf2-sha256";

    public static string Create(string secret, int iterations = PasswordIterations)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Scheme}${iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Derive(secret, salt, iterations))}");
    }

    /// <summary>Compares in constant time. A stored text that is not such a hash matches nothing.</summary>
    public static bool Matches(string secret, string stored)
    {
        var parts = stored.Split('$');
        if (parts.Length != 4 || parts[0] != Scheme) return false;
        if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) || iterations < 1) return false;
        Span<byte> salt = stackalloc byte[64], hash = stackalloc byte[64];
        if (!Convert.TryFromBase64String(parts[2], salt, out var saltLength)) return false;
        if (!Convert.TryFromBase64String(parts[3], hash, out var hashLength) || hashLength != 32) return false;
        return CryptographicOperations.FixedTimeEquals(Derive(secret, salt[..saltLength], iterations), hash[..hashLength]);
    }

    /// <summary>Lower-case hex SHA-256 of a random token.</summary>
    public static string OfToken(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    static byte[] Derive(string secret, ReadOnlySpan<byte> salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(secret), salt, iterations, HashAlgorithmName.SHA256, 32);
}
