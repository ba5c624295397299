using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EnergyWatch.Analytics.Notices;

/// <summary>How webhooks prove that they come from us: HMAC-SHA256 with the secret that both sides know.</summary>
static class Signature
{
    public const string Header = "X-EnergyWatch-Signature";
    public const string DeliveryHeader = "X-EnergyWatch-Delivery";

    /// <summary><c>sha256=</c> and the HMAC of the body's bytes in lower-case hex.</summary>
    public static string Of(ReadOnlySpan<byte> body, string secret) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    /// <summary>
    /// The query that DingTalk wants on a robot with a secret: <c>timestamp</c> in milliseconds and
    /// <c>sign = urlencode(base64(hmac_sha256(timestamp + "\n" + secret, key: secret)))</c>.
    /// </summary>
    public static string DingTalkQuery(long unixMilliseconds, string secret)
    {
        var stamp = unixMilliseconds.ToString(CultureInfo.InvariantCulture);
        var sign = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{stamp}\n{secret}"));
        return $"timestamp={stamp}&sign={Uri.EscapeDataString(Convert.ToBase64String(sign))}";
    }
}
