using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Door;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt;

public sealed class GatewaySecretsTests
{
    static readonly Gateway Known = Some.Gateway(
        "GW-01", GatewayKind.Http, secretHash: SecretHash.Create("open sesame", 10));

    readonly TestClock _clock = new();
    readonly VerifiedSecrets _verified = new();
    readonly GatewaySecrets _secrets;

    public GatewaySecretsTests() =>
        _secrets = new GatewaySecrets(_verified, new LoginGuard(new MqttOptions { LockoutFailures = 3 }, _clock));

    [Fact]
    public async Task Only_the_gateways_own_secret_matches()
    {
        Assert.True(await MatchesAsync(Known, "open sesame"));
        Assert.True(await MatchesAsync(Known, "open sesame"));
        Assert.False(await MatchesAsync(Known, "open sesame "));
        Assert.False(await MatchesAsync(null, "open sesame"));
        Assert.False(await MatchesAsync(null, "nobody has this"));
        Assert.False(await MatchesAsync(Known with { Code = "GW-02", SecretHash = null }, "nobody has this"));
    }

    [Fact]
    public async Task Failures_lock_the_address_out_for_a_time_also_with_the_right_secret()
    {
        Assert.True(await MatchesAsync(Known, "open sesame"));
        for (var i = 0; i < 3; i++) Assert.False(await MatchesAsync(Known, "wrong"));
        Assert.False(await MatchesAsync(Known, "open sesame"));
        Assert.True(await MatchesAsync(Known, "open sesame", "10.0.0.2"));
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.True(await MatchesAsync(Known, "open sesame"));
    }

    [Fact]
    public async Task Guesses_that_wait_in_the_queue_are_not_looked_at_once_the_address_is_locked_out()
    {
        // All places are taken, so that every guess passes the first look at the lock-out and waits.
        var places = _verified.Turns.Places;
        var turns = new List<StretchingTurns.Turn>();
        while (turns.Count < places) turns.Add((await _verified.Turns.EnterAsync("GW-09", Eventually.Soon()))!);
        var guesses = Enumerable.Range(0, 40 + places)
            .Select(i => new[] { (byte)('a' + i % 26) })
            .Select(guess => _secrets.JudgeAsync(Known, guess, "10.0.0.1", Eventually.Soon()).AsTask())
            .ToList();
        foreach (var turn in turns) turn.Dispose();
        var verdicts = await Task.WhenAll(guesses);
        Assert.InRange(verdicts.Count(verdict => verdict == SecretVerdict.Wrong), 3, 3 + places - 1);
        Assert.DoesNotContain(SecretVerdict.Right, verdicts);
    }

    ValueTask<bool> MatchesAsync(Gateway? gateway, string secret, string address = "10.0.0.1") =>
        _secrets.MatchesAsync(gateway, secret, address, Eventually.Soon());
}
