using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Brokers;

/// <summary>What we ask a broker for, and what it grants.</summary>
public sealed class BrokerSubscriptionTests
{
    [Fact]
    public async Task Refused_filter_is_shown_and_the_others_deliver()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(
            broker.Options() with { Topics = ["energywatch/v1/+/readings", "secret/#"] }).Start();
        await broker.GreetAsync();
        await broker.GrantAsync(1, 0x87);
        await source.IsConnectedAsync();
        Assert.Equal(
            "The subscription to secret/# was refused with NotAuthorized (0x87).", Assert.Single(source.Troubles));
        await broker.PublishAsync(1, MqttPeer.Reading(1));
        Assert.Equal("PUBACK id=1 code=0", await broker.HearAsync());
        broker.Drop();
        await source.PassPauseAsync(1);
        await broker.GreetAsync(sessionPresent: true);
        Assert.Equal("SUBSCRIBE id=1 energywatch/v1/+/readings:1/15 secret/#:1/15", await broker.GrantAsync(1));
        await Eventually.HoldsAsync(() => source.IsConnected && source.Troubles.Count == 0, "all is granted");
    }

    [Fact]
    public async Task Broker_that_grants_nothing_is_left_and_tried_again()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync(granted: 0x80);
        Assert.Equal("closed", await broker.HearAsync());
        await source.PassPauseAsync(1);
        await broker.AcceptAsync();
        await source.IsConnectedAsync();
        Assert.Empty(source.Troubles);
    }

    [Fact]
    public async Task Session_that_is_there_is_not_subscribed_anew_in_3_1_1_so_that_nothing_retained_comes_again()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync();
        await source.IsConnectedAsync();
        broker.Drop();
        await source.PassPauseAsync(1);
        await broker.GreetAsync(sessionPresent: true);
        await source.IsConnectedAsync();
        await broker.PublishAsync(1, MqttPeer.Reading(1));
        Assert.Equal("PUBACK id=1 code=0", await broker.HearAsync());
        broker.Drop();
        await source.PassPauseAsync(2);
        await broker.AcceptAsync(sessionPresent: false);
        await source.IsConnectedAsync();
    }

    [Fact]
    public async Task Workers_have_ids_of_their_own_and_share_one_subscription()
    {
        using var broker = BrokerOf.Five();
        var workers = (broker.Options() with { Workers = 2 }).Connections().ToList();
        Assert.Equal(["energywatch-county-1", "energywatch-county-2"], workers.Select(worker => worker.ClientId));
        await using var source = new SourceUnderTest(workers[1]).Start();
        var (connect, subscribe) = await broker.AcceptAsync();
        Assert.Contains("id=energywatch-county-2", connect, StringComparison.Ordinal);
        // No local must not be asked for here (5.0 §3.8.3.1).
        Assert.Equal("SUBSCRIBE id=1 $share/energywatch/energywatch/v1/+/readings:1/11", subscribe);
    }

    [Fact]
    public async Task Broker_without_shared_subscriptions_is_not_asked_for_one()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options() with { ShareGroup = "g" }).Start();
        await broker.GreetAsync(false, new MqttProperty(PropertyId.SharedSubscriptionAvailable, 0));
        await source.ShowsAsync("The broker offers no shared subscriptions");
    }

    [Fact]
    public async Task Dialects_of_the_registry_are_subscribed_to_and_followed_without_connecting_anew()
    {
        using var broker = BrokerOf.Five();
        var dialects = new DialectCatalog([new PlainDialect("plain"), new PlainDialect("other")]);
        await using var source = new SourceUnderTest(broker.Options(), dialects: dialects).Start();
        Assert.Equal("SUBSCRIBE id=1 energywatch/v1/+/readings:1/15", (await broker.AcceptAsync()).Subscribe);
        await source.IsConnectedAsync();
        source.Registry.Set(Some.Registry(version: 2, gateways:
            [Some.Gateway("GW-01"), Some.Gateway("GW-02") with { Dialect = "plain" }, Some.Gateway("GW-03") with { Dialect = "other" }]));
        Assert.Equal("SUBSCRIBE id=1 plain/GW-02/up:1/15 other/GW-03/up:1/15", await broker.GrantAsync(1));
        await broker.PublishAsync(1, MqttPeer.Reading(7), "plain/GW-02/up");
        Assert.Equal("PUBACK id=1 code=0", await broker.HearAsync());
        Assert.Equal("mqtt:GW-02", Assert.Single(source.Sink.Taken).Source);
        source.Registry.Set(Some.Registry(version: 3, gateways: [Some.Gateway("GW-01"), Some.Gateway("GW-03") with { Dialect = "other" }]));
        Assert.Equal("UNSUBSCRIBE id=1 plain/GW-02/up", await broker.HearAsync());
        await broker.AnswerAsync(PacketType.UnsubAck, 1, 0);
        await broker.PublishAsync(2, MqttPeer.Reading(7), "plain/GW-02/up");
        Assert.Equal("PUBACK id=2 code=0", await broker.HearAsync());
        Assert.Equal("mqtt:site", source.Sink.Taken[1].Source);
        Assert.True(source.IsConnected);
    }

    [Fact]
    public async Task Reply_goes_out_after_the_acknowledgement_and_never_holds_the_next_one_up()
    {
        using var broker = BrokerOf.Five();
        var dialects = new DialectCatalog([new PlainDialect("plain") { Replies = true }]);
        await using var source = new SourceUnderTest(broker.Options(), dialects: dialects);
        source.Registry.Set(Some.Registry(version: 2, gateways: [Some.Gateway("GW-02") with { Dialect = "plain" }]));
        source.Start();
        await broker.AcceptAsync();
        await broker.PublishAsync(1, MqttPeer.Reading(1), "plain/GW-02/up");
        Assert.Equal("PUBACK id=1 code=0", await broker.HearAsync());
        Assert.Equal("PUBLISH plain/GW-02/down qos=1 id=1 6f6b", await broker.HearAsync());
        await broker.PublishAsync(2, MqttPeer.Reading(2), "plain/GW-02/up");
        Assert.Equal("PUBACK id=2 code=0", await broker.HearAsync());
        // Not one round trip after the other: the broker has not answered for the first yet.
        Assert.Equal("PUBLISH plain/GW-02/down qos=1 id=2 6f6b", await broker.HearAsync());
    }

    [Fact]
    public async Task Replies_that_the_broker_may_not_be_sent_yet_go_out_as_it_answers_for_others_in_their_order()
    {
        using var broker = BrokerOf.Five();
        await using var source = Replying(broker);
        await broker.GreetAsync(false, new MqttProperty(PropertyId.ReceiveMaximum, 2));
        await broker.GrantAsync(1);
        for (var id = 1; id <= 4; id++) await broker.PublishAsync(id, MqttPeer.Reading(id), $"plain/GW-0{id}/up");
        var heard = new List<string>();
        while (heard.Count < 6) heard.Add(await broker.HearAsync());
        Assert.Equal(
            ["PUBLISH plain/GW-01/down qos=1 id=1 6f6b", "PUBLISH plain/GW-02/down qos=1 id=2 6f6b"],
            heard.Where(one => one.StartsWith("PUBLISH", StringComparison.Ordinal)));
        await broker.AcknowledgeAsync(2);
        Assert.Equal("PUBLISH plain/GW-03/down qos=1 id=2 6f6b", await broker.HearAsync());
        await broker.AcknowledgeAsync(1);
        Assert.Equal("PUBLISH plain/GW-04/down qos=1 id=1 6f6b", await broker.HearAsync());
    }

    [Fact]
    public async Task Replies_that_a_broker_does_not_take_are_given_up_counted_and_said()
    {
        using var broker = BrokerOf.Five();
        await using var source = Replying(broker);
        await broker.AcceptAsync();
        await source.IsConnectedAsync();
        // 16 on their way, 1024 behind them, and one too many.
        for (var id = 1; id <= 1100; id++)
        {
            await broker.PublishAsync(id, MqttPeer.Reading(id), "plain/GW-01/up");
            while (await broker.HearAsync() is var heard && heard != $"PUBACK id={id} code=0") Assert.StartsWith("PUBLISH", heard, StringComparison.Ordinal);
        }
        await source.SaysAsync("is given up");
        Assert.Single(source.Log.Lines, line => line.Message.Contains("is given up", StringComparison.Ordinal));
        Assert.Equal(1100 - 1024 - 16, source.Counted("energywatch_mqtt_published_total"));
    }

    [Fact]
    public async Task Reply_that_waited_for_so_long_that_its_gateway_asked_again_is_given_up()
    {
        using var broker = BrokerOf.Five();
        await using var source = Replying(broker);
        await broker.AcceptAsync();
        await source.IsConnectedAsync();
        for (var id = 1; id <= 17; id++)
        {
            await broker.PublishAsync(id, MqttPeer.Reading(id), "plain/GW-01/up");
            while (await broker.HearAsync() != $"PUBACK id={id} code=0") { }
        }
        source.Clock.Advance(TimeSpan.FromSeconds(15));
        await broker.AnswerPingAsync();
        await broker.PublishAsync(18, "{}", "plain/GW-01/up");
        while (await broker.HearAsync() != "PUBACK id=18 code=0") { }
        source.Clock.Advance(TimeSpan.FromSeconds(16));
        await broker.AcknowledgeAsync(1);
        await source.SaysAsync("It waited for 00:00:31");
    }

    static SourceUnderTest Replying(FakeBroker broker)
    {
        var dialects = new DialectCatalog([new PlainDialect("plain") { Replies = true }]);
        var source = new SourceUnderTest(broker.Options(), dialects: dialects);
        source.Registry.Set(Some.Registry(version: 2, gateways:
            [.. Enumerable.Range(1, 4).Select(i => Some.Gateway($"GW-0{i}") with { Dialect = "plain" })]));
        return source.Start();
    }

    [Fact]
    public async Task Aliases_stand_for_their_topics_where_they_are_asked_for()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options() with { TopicAliasMaximum = 2 }).Start();
        Assert.Contains("TopicAliasMaximum=2", (await broker.AcceptAsync()).Connect, StringComparison.Ordinal);
        await broker.PublishAsync(1, MqttPeer.Reading(1), properties: new MqttProperty(PropertyId.TopicAlias, 2));
        await broker.PublishAsync(2, MqttPeer.Reading(2), topic: "", properties: new MqttProperty(PropertyId.TopicAlias, 2));
        Assert.Equal("PUBACK id=1 code=0", await broker.HearAsync());
        Assert.Equal("PUBACK id=2 code=0", await broker.HearAsync());
        Assert.All(source.Sink.Taken, batch => Assert.Equal("mqtt:GW-01", batch.Source));
        await broker.PublishAsync(3, MqttPeer.Reading(3), topic: "", properties: new MqttProperty(PropertyId.TopicAlias, 1));
        await source.SaysAsync("Topic alias 1 was never set");
    }

    [Fact]
    public async Task Alias_that_was_not_asked_for_ends_the_connection()
    {
        using var broker = BrokerOf.Five();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync();
        await broker.PublishAsync(1, MqttPeer.Reading(1), properties: new MqttProperty(PropertyId.TopicAlias, 1));
        await source.SaysAsync("Topic alias 1, and 0 is the last.");
    }
}
