using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Tests.Mqtt.Brokers;

/// <summary>Messages to a broker, as replies and Sparkplug need them.</summary>
public sealed class BrokerPublishTests
{
    [Fact]
    public async Task Qos_0_is_done_when_sent_and_qos_1_when_acknowledged()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync();
        await source.IsConnectedAsync();
        Assert.Equal(ReasonCode.Success, await PublishAsync(source, "a", 0, retain: true));
        Assert.Equal("PUBLISH a qos=0 retain 78", await broker.HearAsync());
        var publishing = PublishAsync(source, "b", 1);
        Assert.Equal("PUBLISH b qos=1 id=1 78", await broker.HearAsync());
        Assert.False(publishing.IsCompleted);
        await broker.AcknowledgeAsync(1, ReasonCode.NoMatchingSubscribers);
        Assert.Equal(ReasonCode.NoMatchingSubscribers, await publishing);
    }

    [Fact]
    public async Task Refusal_of_the_broker_is_the_answer()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync();
        await source.IsConnectedAsync();
        var publishing = PublishAsync(source, "b", 1);
        await broker.HearAsync();
        await broker.AcknowledgeAsync(1, ReasonCode.NotAuthorized);
        Assert.Equal(ReasonCode.NotAuthorized, await publishing);
    }

    [Fact]
    public async Task No_more_is_on_the_way_than_the_broker_takes_and_order_is_kept()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync(false, 1, new MqttProperty(PropertyId.ReceiveMaximum, 2));
        await source.IsConnectedAsync();
        var all = Enumerable.Range(1, 5).Select(n => PublishAsync(source, $"t{n}", 1)).ToList();
        Assert.Equal("PUBLISH t1 qos=1 id=1 78", await broker.HearAsync());
        Assert.Equal("PUBLISH t2 qos=1 id=2 78", await broker.HearAsync());
        await broker.PublishAsync(9, MqttPeer.Reading(1));
        Assert.Equal("PUBACK id=9 code=0", await broker.HearAsync());
        await broker.AcknowledgeAsync(2);
        Assert.Equal("PUBLISH t3 qos=1 id=2 78", await broker.HearAsync());
        await broker.AcknowledgeAsync(1);
        Assert.Equal("PUBLISH t4 qos=1 id=1 78", await broker.HearAsync());
        await broker.AcknowledgeAsync(1);
        Assert.Equal("PUBLISH t5 qos=1 id=1 78", await broker.HearAsync());
        await broker.AcknowledgeAsync(1);
        await broker.AcknowledgeAsync(2);
        Assert.All(await Task.WhenAll(all), answer => Assert.Equal(ReasonCode.Success, answer));
    }

    [Fact]
    public async Task What_the_broker_says_it_does_not_take_is_not_sent()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync(
            false, 0, new(PropertyId.MaximumPacketSize, 20), new(PropertyId.RetainAvailable, 0), new(PropertyId.MaximumQos, 0));
        await source.IsConnectedAsync();
        Assert.Equal(ReasonCode.QosNotSupported, await PublishAsync(source, "a", 1));
        Assert.Equal(ReasonCode.RetainNotSupported, await PublishAsync(source, "a", 0, retain: true));
        Assert.Equal(ReasonCode.PacketTooLarge, await PublishAsync(source, new string('a', 30), 0));
        Assert.Equal(ReasonCode.Success, await PublishAsync(source, "z", 0));
        Assert.Equal("PUBLISH z qos=0 78", await broker.HearAsync());
        Assert.True(source.Says("grants QoS 0 only"));
    }

    [Fact]
    public async Task Too_large_a_message_of_qos_1_leaves_its_place_free()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync(false, 1, new(PropertyId.MaximumPacketSize, 30), new(PropertyId.ReceiveMaximum, 1));
        await source.IsConnectedAsync();
        Assert.Equal(ReasonCode.PacketTooLarge, await PublishAsync(source, new string('a', 30), 1));
        var publishing = PublishAsync(source, "z", 1);
        Assert.Equal("PUBLISH z qos=1 id=1 78", await broker.HearAsync());
        await broker.AcknowledgeAsync(1);
        Assert.Equal(ReasonCode.Success, await publishing);
    }

    [Fact]
    public async Task What_was_not_acknowledged_goes_out_again_in_order_where_the_session_was_kept()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync();
        await source.IsConnectedAsync();
        var first = PublishAsync(source, "a", 1);
        await broker.HearAsync();
        var second = PublishAsync(source, "b", 1);
        await broker.HearAsync();
        broker.Drop();
        await source.PassPauseAsync(1);
        await broker.GreetAsync(sessionPresent: true);
        Assert.Equal("PUBLISH a qos=1 id=1 dup 78", await broker.HearAsync());
        Assert.Equal("PUBLISH b qos=1 id=2 dup 78", await broker.HearAsync());
        await broker.GrantAsync(1);
        await broker.AcknowledgeAsync(1);
        await broker.AcknowledgeAsync(2);
        Assert.Equal([ReasonCode.Success, ReasonCode.Success], await Task.WhenAll(first, second));
    }

    [Fact]
    public async Task What_was_not_acknowledged_has_failed_where_the_session_is_gone()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await Assert.ThrowsAsync<IOException>(() => PublishAsync(source, "a", 1));
        await Assert.ThrowsAsync<IOException>(() => PublishAsync(source, "a", 0));
        await broker.AcceptAsync();
        await source.IsConnectedAsync();
        var publishing = PublishAsync(source, "a", 1);
        await broker.HearAsync();
        broker.Drop();
        await source.PassPauseAsync(1);
        await broker.AcceptAsync(sessionPresent: false);
        await Assert.ThrowsAsync<IOException>(() => publishing);
    }

    [Fact]
    public async Task Session_of_its_own_kind_has_a_will_first_words_and_last_words()
    {
        using var broker = BrokerOf.Five();
        var purpose = new HostPurpose();
        await using var source = new SourceUnderTest(broker.Options(), purpose: purpose).Start();
        var (connect, subscribe) = await broker.AcceptAsync();
        Assert.Equal(
            "CONNECT 5.0 clean keep=30 id=energywatch-county will(STATE/host qos=1 retain 6f6666) {ReceiveMaximum=1024}",
            connect);
        Assert.Equal("SUBSCRIBE id=1 STATE/host:1/11 data/#:1/11", subscribe);
        Assert.Equal("PUBLISH STATE/host qos=1 id=1 retain 6f6e", await broker.HearAsync());
        await broker.AcknowledgeAsync(1);
        await Eventually.HoldsAsync(() => purpose.Arrived == ReasonCode.Success, "its first words are acknowledged");
        var stopping = source.StopAsync();
        Assert.Equal("PUBLISH STATE/host qos=1 id=1 retain 6f6666", await broker.HearAsync());
        await broker.AcknowledgeAsync(1);
        Assert.Equal("DISCONNECT code=0", await broker.HearAsync());
        await stopping;
        Assert.Equal(ReasonCode.Success, purpose.Left);
    }

    static Task<ReasonCode> PublishAsync(SourceUnderTest source, string topic, int qos, bool retain = false) =>
        source.Outlet.PublishAsync(topic, "x"u8.ToArray(), qos, retain, Eventually.Soon()).AsTask();
}
