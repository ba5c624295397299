using System.Text;
using EnergyWatch.Analytics.Notices;

namespace EnergyWatch.Analytics.Tests.Notices;

public sealed class SignatureTests
{
    // RFC 4231, test case 2.
    [Fact]
    public void Webhook_signature_is_the_RFC_4231_vector() => Assert.Equal(
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        Signature.Of("what do ya want for nothing?"u8, "Jefe"));

    [Fact]
    public void Secret_and_body_may_be_Chinese()
    {
        var body = Encoding.UTF8.GetBytes("能耗定额");
        Assert.NotEqual(Signature.Of(body, "密钥"), Signature.Of(body, "密钥2"));
        Assert.Equal(7 + 64, Signature.Of(body, "密钥").Length);
    }

    // Computed with: printf '1800000000000\nSEC0' | openssl dgst -sha256 -hmac SEC0 -binary | base64
    [Fact]
    public void DingTalk_signs_time_and_secret_in_the_query() => Assert.Equal(
        "timestamp=1800000000000&sign=y6PjNNu3ulBCdZqo9lHHmQjcJqMwbHcax4MVItSIQEw%3D",
        Signature.DingTalkQuery(1_800_000_000_000, "SEC0"));
}
