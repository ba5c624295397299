using System.Text;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt;

public sealed class ExchangeTests
{
    static readonly string[] Levels = ["", "a", "b", "$s", "+", "#"];

    readonly TestClock _clock = new();

    [Fact]
    public void Subscriptions_match_as_the_specification_says_whatever_comes_and_goes()
    {
        var random = new Random(20261120);
        var options = new MqttOptions { MaxSubscriptions = 1000, SubscriptionBytes = 10_000_000, SubscriptionBytesPerGateway = 10_000_000 };
        var exchange = new MessageExchange(options, _clock);
        var share = exchange.Bounds.Of("GW-01");
        var sessions = Enumerable.Range(0, 5)
            .Select(i => new ClientSession(new SessionKey("GW-01", $"c{i}"), share, options, _clock)).ToList();
        var model = new HashSet<(ClientSession, string)>();
        for (var round = 0; round < 20_000; round++)
        {
            var (session, filter) = (sessions[random.Next(5)], Topic(random, wild: true));
            if (random.Next(3) > 0)
            {
                Assert.True(exchange.Subscribe(session, new Subscription(filter, 0, 0), 0).IsGranted);
                model.Add((session, filter));
            }
            else Assert.Equal(model.Remove((session, filter)), exchange.Unsubscribe(session, filter));
            var topic = Topic(random, wild: false);
            var expected = model.Where(one => MqttTopic.Covers(one.Item2, topic)).Select(one => one.Item1).Distinct().Count();
            Assert.Equal(expected, exchange.Publish(Message(topic)).Reached);
        }
        Assert.True(exchange.Bounds.Subscribed.Held > 0);
        foreach (var session in sessions) exchange.Forget(session);
        Assert.False(exchange.HasSubscriber("a"u8));
        Assert.Equal(0, exchange.Bounds.Subscribed.Held);
    }

    [Fact]
    public void Retained_messages_are_found_by_their_filters_and_counted()
    {
        var random = new Random(4);
        var options = new MqttOptions { MaxRetained = 40, MaxRetainedPerGateway = 40 };
        var retained = new RetainedMessages(options, _clock);
        var model = new HashSet<string>();
        for (var round = 0; round < 20_000; round++)
        {
            var message = Message(Topic(random, wild: false), random.Next(4) == 0 ? 0 : 3);
            if (!retained.TrySet(message)) Assert.True(model.Count == 40 && !model.Contains(message.Topic));
            if (message.Payload.IsEmpty) model.Remove(message.Topic);
            else if (model.Count < 40) model.Add(message.Topic);
            Assert.Equal(model.Count, retained.Count);
            var filter = Topic(random, wild: true);
            var found = new List<ClientMessage>();
            retained.Match(filter, found);
            Assert.Equal(
                model.Where(topic => MqttTopic.Covers(filter, topic)).Order(StringComparer.Ordinal),
                found.Select(one => one.Topic).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Session_that_is_over_subscribes_to_nothing_and_gets_nothing()
    {
        var exchange = new MessageExchange(new MqttOptions(), _clock);
        var session = new ClientSession(new SessionKey("GW-01", "c"), exchange.Bounds.Of("GW-01"), new MqttOptions(), _clock);
        Assert.True(exchange.Subscribe(session, new Subscription("a", 1, 1), 0).IsGranted);
        Assert.Equal(1, exchange.Publish(Message("a", qos: 1)).TakenByOthers);
        Assert.True(exchange.Bounds.Queued.Held > 0);
        exchange.Forget(session);
        Assert.False(exchange.Subscribe(session, new Subscription("a", 0, 0), 0).IsGranted);
        Assert.False(exchange.HasSubscriber("a"u8));
        Assert.False(session.Outgoing.Offer(new Copy(Message("a", qos: 1), 1, false, default)));
        Assert.Equal(0, exchange.Bounds.Queued.Held);
    }

    // While one is served its retained messages, under the lock, nobody else may have to wait.
    [Fact]
    public void Messages_and_readings_of_others_do_not_wait_for_who_subscribes()
    {
        var options = new MqttOptions();
        var exchange = new MessageExchange(options, _clock);
        ClientSession Session(string gateway) => new(new SessionKey(gateway, "c"), exchange.Bounds.Of(gateway), options, _clock);
        var (slow, other) = (Session("GW-01"), Session("GW-02"));
        exchange.Subscribe(other, new Subscription("b", 1, 1), 0);
        exchange.Publish(new ClientMessage(other.Key, "a"u8.ToArray(), new byte[1], 1, true));
        var (isHeard, reached) = (false, 0);
        slow.Denied = new Meanwhile(() =>
        {
            var waiting = new Thread(() =>
            {
                isHeard = exchange.HasSubscriber("b"u8);
                reached = exchange.Publish(Message("b", qos: 1)).Reached;
            });
            waiting.Start();
            waiting.Join(TimeSpan.FromSeconds(5));
            Assert.Equal((true, 1), (isHeard, reached));
        });
        Assert.Equal(1, exchange.Subscribe(slow, new Subscription("a", 1, 1), 0).Queued);
        Assert.Equal((true, 1), (isHeard, reached));
    }

    // Whoever subscribes and leaves in a loop changes the very nodes that others look through meanwhile.
    [Fact]
    public async Task Subscriber_misses_nothing_while_others_come_and_go()
    {
        var options = new MqttOptions { MaxQueued = 1_000_000, QueuedBytes = int.MaxValue, QueuedBytesPerGateway = int.MaxValue };
        var exchange = new MessageExchange(options, _clock);
        ClientSession Session(string gateway) => new(new SessionKey(gateway, "c"), exchange.Bounds.Of(gateway), options, _clock);
        var steady = Session("GW-01");
        exchange.Subscribe(steady, new Subscription("site/+/x", 1, 1), 0);
        var isDone = false;
        var coming = Enumerable.Range(0, 2).Select(n => Task.Run(() =>
        {
            var (session, random) = (Session($"GW-1{n}"), new Random(n));
            while (!Volatile.Read(ref isDone))
            {
                var filter = $"site/{(random.Next(3) > 0 ? "+" : $"{random.Next(20)}")}/{"x#+"[random.Next(3)]}";
                exchange.Subscribe(session, new Subscription(filter, 0, 0), 0);
                exchange.Unsubscribe(session, filter);
            }
        })).ToArray();
        for (var i = 0; i < 10_000; i++)
        {
            Assert.True(exchange.HasSubscriber("site/7/x"u8));
            exchange.Publish(Message("site/7/x", qos: 1));
        }
        Volatile.Write(ref isDone, true);
        await Task.WhenAll(coming);
        Assert.Equal(10_000, steady.Outgoing.Count);
    }

    [Theory]
    [InlineData("#", "a/b", true), InlineData("#", "$a", false), InlineData("+", "$a", false)]
    [InlineData("a/#", "a", true), InlineData("a/#", "a/+/c", true), InlineData("a/#", "a/#", true)]
    [InlineData("a/+", "a/#", false), InlineData("a/+", "a/+", true), InlineData("a/+", "a/b", true)]
    [InlineData("a/b", "a/+", false), InlineData("a/b", "a/b/c", false), InlineData("a/+/c", "a/b", false)]
    [InlineData("$a/#", "$a/b", true), InlineData("+/a", "/a", true), InlineData("a", "#", false)]
    public void Filter_covers_another_where_every_topic_of_it_is_its_own(string wide, string narrow, bool covers) =>
        Assert.Equal(covers, MqttTopic.Covers(wide, narrow));

    /// <summary>Filters that mean nothing, and what is done while they are looked through.</summary>
    sealed class Meanwhile(Action act) : IReadOnlyList<string>
    {
        public int Count => 1;
        public string this[int index] => "nothing";

        public IEnumerator<string> GetEnumerator()
        {
            act();
            yield return "nothing";
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    static ClientMessage Message(string topic, int bytes = 1, int qos = 0) =>
        new(new SessionKey("GW-01", "p"), Encoding.UTF8.GetBytes(topic), new byte[bytes], qos, false);

    static string Topic(Random random, bool wild)
    {
        while (true)
        {
            var count = wild ? Levels.Length : Levels.Length - 2;
            var topic = string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => Levels[random.Next(count)]));
            if (wild ? MqttTopic.IsFilter(topic) : topic.Length > 0) return topic;
        }
    }
}
