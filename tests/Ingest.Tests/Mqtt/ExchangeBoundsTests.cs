using System.Text;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>What clients, gateways and all together may hold between each other, and that nobody pays for a neighbour.</summary>
public sealed class ExchangeBoundsTests
{
    readonly TestClock _clock = new();

    [Fact]
    public void Filter_of_200_levels_is_granted_and_its_levels_are_weighed()
    {
        var options = new MqttOptions();
        var exchange = new MessageExchange(options, _clock);
        var session = Session(exchange, options);
        var granted = 0;
        while (Subscribe(exchange, session, string.Join('/', Enumerable.Repeat("a", 199)) + $"/{granted}")) granted++;
        Assert.InRange(granted, 5, 20);
        Assert.InRange(exchange.Bounds.Subscribed.Held, 200 * granted * 100, options.SubscriptionBytes);
        // Many ordinary ones have room; what is taken back has room again.
        Assert.True(exchange.Unsubscribe(session, string.Join('/', Enumerable.Repeat("a", 199)) + "/0"));
        Assert.All(Enumerable.Range(0, 25), i => Assert.True(Subscribe(exchange, session, $"energywatch/v1/GW-01/{i}")));
    }

    [Fact]
    public void Ordinary_client_has_room_for_all_the_filters_it_may_have()
    {
        var options = new MqttOptions();
        var exchange = new MessageExchange(options, _clock);
        var session = Session(exchange, options);
        Assert.All(
            Enumerable.Range(0, options.MaxSubscriptions),
            i => Assert.True(Subscribe(exchange, session, $"energywatch/v1/GW-0001/commands/of/module-{i:0000}/+/set/#")));
        Assert.False(Subscribe(exchange, session, "one/more"));
    }

    [Fact]
    public void Sessions_of_one_gateway_share_what_their_filters_may_hold_and_cost_no_other_gateway()
    {
        var options = new MqttOptions { SubscriptionBytesPerGateway = 3_000, SubscriptionBytesInAll = 4_500 };
        var exchange = new MessageExchange(options, _clock);
        var share = exchange.Bounds.Of("GW-01");
        var own = Enumerable.Range(0, 9).Select(i => Session(exchange, options, share, $"c{i}")).ToList();
        var granted = own.Count(session => Subscribe(exchange, session, "energywatch/v1/GW-01/#"));
        Assert.InRange(granted, 3, 4);
        var other = Session(exchange, options, exchange.Bounds.Of("GW-02"));
        Assert.True(Subscribe(exchange, other, "energywatch/v1/GW-02/#"));
        // All together hold no more than all may.
        var third = exchange.Bounds.Of("GW-03");
        Assert.InRange(
            Enumerable.Range(0, 9).Count(i => Subscribe(exchange, Session(exchange, options, third, $"c{i}"), "a/b/c/d")), 0, 1);
        exchange.Forget(own[0]);
        Assert.True(Subscribe(exchange, own[8], "a"));
    }

    [Fact]
    public void Queues_of_one_gateway_share_what_they_may_hold_and_cost_no_other_gateway()
    {
        var options = new MqttOptions { QueuedBytesPerGateway = 10_000 };
        var exchange = new MessageExchange(options, _clock);
        var share = exchange.Bounds.Of("GW-01");
        var own = Enumerable.Range(0, 5).Select(i => Session(exchange, options, share, $"c{i}")).ToList();
        var message = Message("t", 3_000);
        Assert.Equal(3, own.Count(session => Offer(session, message)));
        Assert.True(Offer(Session(exchange, options, exchange.Bounds.Of("GW-02")), message));
        exchange.Forget(own[0]);
        Assert.True(Offer(own[4], message));
    }

    [Fact]
    public void All_queues_together_are_bounded_and_a_message_in_many_of_them_counts_once()
    {
        var options = new MqttOptions { QueuedBytesInAll = 500_000 };
        var exchange = new MessageExchange(options, _clock);
        var sessions = Enumerable.Range(0, 1_000)
            .Select(i => Session(exchange, options, exchange.Bounds.Of($"GW-{i}"))).ToList();
        var broadcast = Message("t", 100_000);
        Assert.All(sessions, session => Assert.True(Offer(session, broadcast)));
        Assert.InRange(exchange.Bounds.Queued.Held, 200_000, 300_000);
        Assert.Equal(2, sessions.Count(session => Offer(session, Message("t", 100_000))));
        foreach (var session in sessions) exchange.Forget(session);
        Assert.Equal(0, exchange.Bounds.Queued.Held);
    }

    [Fact]
    public void Gateway_retains_its_share_and_leaves_the_others_theirs()
    {
        var options = new MqttOptions { RetainedBytes = 100_000, RetainedBytesPerGateway = 20_000 };
        var retained = new RetainedMessages(options, _clock);
        Assert.Equal(3, Enumerable.Range(0, 99).Count(i => retained.TrySet(Message($"t/{i}", 5_000))));
        Assert.True(retained.TrySet(Message("u", 5_000, gateway: "GW-02")));
        // Nor by taking over what others retained.
        Assert.False(retained.TrySet(Message("u", 5_000)));
        Assert.True(retained.TrySet(Message("t/1", 6_000)));
        Assert.False(retained.TrySet(Message("t/1", 16_000)));
        Assert.True(retained.TrySet(Message("t/1", 0)));
        Assert.True(retained.TrySet(Message("u", 5_000)));
        Assert.Equal(3, retained.Count);
    }

    [Fact]
    public void Levels_of_a_retained_topic_are_weighed()
    {
        var options = new MqttOptions { RetainedBytesPerGateway = 100_000 };
        var retained = new RetainedMessages(options, _clock);
        var deep = string.Join('/', Enumerable.Repeat("a", 199));
        Assert.InRange(Enumerable.Range(0, 100).Count(i => retained.TrySet(Message($"{deep}/{i}", 1))), 2, 8);
    }

    [Fact]
    public void What_is_retained_and_over_makes_room()
    {
        var options = new MqttOptions { RetainedBytes = 20_000 };
        var retained = new RetainedMessages(options, _clock);
        Assert.True(retained.TrySet(Message("t/1", 5_000, seconds: 10)));
        Assert.True(retained.TrySet(Message("t/2", 5_000, seconds: 20)));
        Assert.True(retained.TrySet(Message("t/3", 5_000)));
        Assert.False(retained.TrySet(Message("t/4", 5_000)));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(retained.TrySet(Message("t/4", 5_000)));
        Assert.False(retained.TrySet(Message("t/5", 5_000)));
        _clock.Advance(TimeSpan.FromSeconds(10));
        var found = new List<ClientMessage>();
        retained.Match("#", found);
        Assert.Equal(["t/3", "t/4"], found.Select(one => one.Topic).Order(StringComparer.Ordinal));
        Assert.Equal(2, retained.Count);
    }

    static ClientSession Session(
        MessageExchange exchange, MqttOptions options, GatewayShare? share = null, string clientId = "c") =>
        new(new SessionKey("GW-01", clientId), share ?? exchange.Bounds.Of("GW-01"), options, TimeProvider.System);

    static bool Subscribe(MessageExchange exchange, ClientSession session, string filter) =>
        exchange.Subscribe(session, new Subscription(filter, 1, 1), 0).IsGranted;

    static bool Offer(ClientSession session, ClientMessage message) =>
        session.Outgoing.Offer(new Copy(message, 1, false, default));

    ClientMessage Message(string topic, int bytes, string gateway = "GW-01", int? seconds = null) =>
        new(new SessionKey(gateway, "p"), Encoding.UTF8.GetBytes(topic), new byte[bytes], 1, true)
        {
            ExpiresAt = _clock.GetTimestamp() + seconds * _clock.TimestampFrequency,
        };
}
