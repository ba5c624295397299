using System.Buffers.Text;
using System.Security.Cryptography;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Access;

/// <summary>
/// Keys and tokens that we make: 256 random bits each. A key reads <c>ewk_ID_SECRET</c>, so that it can be found by its id and
/// recognised in a leak; only the hash of the whole is kept.
/// </summary>
static class ApiKeys
{
    const string Prefix = "ewk_";
    const int IdLength = 8;

    public static bool IsKey(string token) => token.StartsWith(Prefix, StringComparison.Ordinal);

    public static string? IdOf(string token) =>
        IsKey(token) && token.Length > Prefix.Length + IdLength && token[Prefix.Length + IdLength] == '_'
            ? token.Substring(Prefix.Length, IdLength)
            : null;

    /// <summary>A new key and the text of it, which is shown once and never kept.</summary>
    public static (ApiKey Key, string Text) Create(string name, AccessRole role, Scope scope, Instant now)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdLength / 2));
        var text = $"{Prefix}{id}_{NewToken()}";
        return (new ApiKey(id, name, SecretHash.OfToken(text), role, scope, now, null), text);
    }

    public static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
