using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Tests.Mqtt.Brokers;

/// <summary>How we come in: versions, sessions, and what the broker says to that.</summary>
public sealed class BrokerGreetingTests
{
    [Fact]
    public async Task Version_5_asks_for_a_session_that_outlives_an_outage_and_for_nothing_retained_twice()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        var (connect, subscribe) = await broker.AcceptAsync();
        Assert.Equal(
            "CONNECT 5.0 keep=30 id=energywatch-county {ReceiveMaximum=1024 SessionExpiryInterval=604800}", connect);
        Assert.Equal("SUBSCRIBE id=1 energywatch/v1/+/readings:1/15", subscribe);
    }

    [Theory, InlineData(0x84, true), InlineData(0x01, true), InlineData(0x01, false)]
    public async Task Broker_that_refuses_version_5_is_spoken_to_in_3_1_1_at_once(byte code, bool inVersion5)
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        broker.Version = inVersion5 ? MqttVersion.V5 : MqttVersion.V311;
        await broker.RefuseAsync(code);
        broker.Version = MqttVersion.V311;
        var (connect, _) = await broker.AcceptAsync();
        Assert.Equal("CONNECT 3.1.1 keep=30 id=energywatch-county", connect);
        await source.IsConnectedAsync();
        broker.Drop();
        await source.PassPauseAsync(1);
        Assert.StartsWith("CONNECT 3.1.1", await broker.GreetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broker_that_closes_without_a_word_is_tried_in_both_versions()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.TakeAsync();
        Assert.StartsWith("CONNECT 5.0", await broker.HearAsync(), StringComparison.Ordinal);
        broker.Drop();
        await source.PassPauseAsync(1);
        broker.Version = MqttVersion.V311;
        await broker.TakeAsync();
        Assert.StartsWith("CONNECT 3.1.1", await broker.HearAsync(), StringComparison.Ordinal);
        broker.Drop();
        await source.PassPauseAsync(2);
        broker.Version = MqttVersion.V5;
        Assert.StartsWith("CONNECT 5.0", (await broker.AcceptAsync()).Connect, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_is_shown_in_words_and_another_server_is_named_but_not_gone_to()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.RefuseAsync(
            (byte)ReasonCode.UseAnotherServer, new(PropertyId.ReasonString, Text: "too full"),
            new(PropertyId.ServerReference, Text: "evil.example:1883"));
        await source.ShowsAsync(
            "CONNECT was refused with code 156 (UseAnotherServer), 'too full'; it names 'evil.example:1883' instead.");
        await source.PassPauseAsync(1);
        await broker.AcceptAsync();
        await source.IsConnectedAsync();
        Assert.Empty(source.Troubles);
    }

    [Fact]
    public async Task Broker_that_forgot_our_session_is_reported_and_one_that_kept_it_is_not()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync();
        await source.IsConnectedAsync();
        broker.Drop();
        await source.PassPauseAsync(1);
        await broker.AcceptAsync(sessionPresent: true);
        await source.IsConnectedAsync();
        Assert.Empty(source.Troubles);
        broker.Drop();
        await source.PassPauseAsync(2);
        await broker.AcceptAsync();
        await source.ShowsAsync("messages may have been lost at the broker");
        Assert.True(source.Says("has forgotten our session"));
        source.Clock.Advance(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Broker_that_keeps_the_session_for_less_is_reported()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync(false, 1, new MqttProperty(PropertyId.SessionExpiryInterval, 7200));
        await source.SaysAsync("keeps our session for 02:00:00 only, and not for 7.00:00:00");
    }

    [Fact]
    public async Task Broker_that_sets_the_keep_alive_is_pinged_in_its_time()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync(false, 1, new MqttProperty(PropertyId.ServerKeepAlive, 10));
        await source.IsConnectedAsync();
        source.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("PINGREQ", await broker.HearAnyAsync());
        source.Clock.Advance(TimeSpan.FromSeconds(5));
        await source.SaysAsync("Connected but silent for 00:00:10");
    }

    [Fact]
    public async Task Clean_start_is_asked_for_once_in_version_5()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options() with { CleanStart = true }).Start();
        Assert.StartsWith("CONNECT 5.0 clean", (await broker.AcceptAsync()).Connect, StringComparison.Ordinal);
        await source.IsConnectedAsync();
        broker.Drop();
        await source.PassPauseAsync(1);
        Assert.StartsWith("CONNECT 5.0 keep", (await broker.AcceptAsync()).Connect, StringComparison.Ordinal);
        await source.SaysAsync("has forgotten our session");
    }

    [Fact]
    public async Task Clean_start_throws_the_old_session_away_before_it_has_its_own_in_3_1_1()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(broker.Options() with { CleanStart = true }).Start();
        Assert.Equal("CONNECT 3.1.1 clean keep=30 id=energywatch-county", await broker.GreetAsync());
        Assert.Equal("DISCONNECT code=0", await broker.HearAsync());
        Assert.Equal("CONNECT 3.1.1 keep=30 id=energywatch-county", (await broker.AcceptAsync()).Connect);
        await source.IsConnectedAsync();
        Assert.Empty(source.Troubles);
        Assert.False(source.Says("forgotten"));
    }
}
