using EnergyWatch.Domain.Access;

namespace EnergyWatch.Domain.Tests.Access;

public sealed class SecretHashTests
{
    const int Few = 1000;

    [Fact]
    public void A_secret_matches_its_own_hash_and_no_other()
    {
        var hash = SecretHash.Create("s3cret 密码", Few);
        Assert.True(SecretHash.Matches("s3cret 密码", hash));
        Assert.False(SecretHash.Matches("s3cret", hash));
        Assert.DoesNotContain("s3cret", hash, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_secret_is_hashed_differently_each_time() =>
        Assert.NotEqual(SecretHash.Create("s3cret", Few), SecretHash.Create("s3cret", Few));

    [Theory]
    [InlineData("")]
    [InlineData("s3cret")]
    [InlineData("pbkdf2-sha256$0$AAAA$AAAA")]
    [InlineData("pbkdf2-sha256$1000$not base64$AAAA")]
    [InlineData("pbkdf2-sha256$1000$AAAA$")]
    [InlineData("md5$1$AAAA$AAAA")]
    public void A_stored_text_that_is_no_hash_matches_nothing(string stored) => Assert.False(SecretHash.Matches("s3cret", stored));
}
