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
        var exchange = new MessageExchange(new MqttOptions { MaxSubscriptions = 1000 }, _clock);
        var sessions = Enumerable.Range(0, 5).Select(i => Session($"c{i}")).ToList();
        var model = new HashSet<(ClientSession, string)>();
        for (var round = 0; round < 20_000; round++)
        {
            var (session, filter) = (sessions[random.Next(5)], Topic(random, wild: true));
            if (random.Next(3) > 0)
            {
                Assert.True(exchange.Subscribe(session, new Subscription(filter, 0, 0), 0));
                model.Add((session, filter));
            }
            else Assert.Equal(model.Remove((session, filter)), exchange.Unsubscribe(session, filter));
            var topic = Topic(random, wild: false);
            var expected = model.Where(one => MqttTopic.Covers(one.Item2, topic)).Select(one => one.Item1).Distinct().Count();
            Assert.Equal(expected, exchange.Publish(Message(topic)).Reached);
        }
        foreach (var session in sessions) exchange.Forget(session);
        Assert.False(exchange.HasSubscriber("a"));
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
            if (retained.HasRoomFor(message)) retained.Set(message);
            else Assert.True(model.Count == 40 && !model.Contains(message.Topic));
            if (message.Payload.IsEmpty) model.Remove(message.Topic);
            else if (model.Count < 40) model.Add(message.Topic);
            Assert.Equal(model.Count, retained.Count);
            var filter = Topic(random, wild: true);
            Assert.Equal(
                model.Where(topic => MqttTopic.Covers(filter, topic)).Order(StringComparer.Ordinal),
                retained.Matching(filter).Select(one => one.Topic).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Session_that_is_over_subscribes_to_nothing()
    {
        var exchange = new MessageExchange(new MqttOptions(), _clock);
        var session = Session("c");
        Assert.True(exchange.Subscribe(session, new Subscription("a", 0, 0), 0));
        exchange.Forget(session);
        Assert.False(exchange.Subscribe(session, new Subscription("a", 0, 0), 0));
        Assert.False(exchange.HasSubscriber("a"));
    }

    [Fact]
    public void Properties_weigh_what_they_hold()
    {
        var options = new MqttOptions { QueuedBytes = 20_000, RetainedBytes = 20_000 };
        var heavy = Message("t") with
        {
            Properties = [.. Enumerable.Repeat(new MqttProperty(PropertyId.UserProperty, Name: "", Text: ""), 200)],
        };
        Assert.False(new OutgoingQueue(options, _clock).Offer(heavy, 1, false, []));
        Assert.False(new RetainedMessages(options, _clock).HasRoomFor(heavy));
        Assert.InRange((Message("t") with
        {
            Properties = [new MqttProperty(PropertyId.ContentType, Text: new string('x', 5_000))],
        }).Weight, 10_000, 11_000);
    }

    [Fact]
    public void Bytes_of_a_queue_and_of_what_is_retained_are_bounded()
    {
        var options = new MqttOptions { QueuedBytes = 5_000, RetainedBytes = 5_000 };
        var queue = new OutgoingQueue(options, _clock);
        Assert.True(queue.Offer(Message("t", 4_000), 1, false, []));
        Assert.False(queue.Offer(Message("t", 4_000), 1, false, []));
        Assert.False(queue.Offer(Message("t", 1), 0, false, []));
        var retained = new RetainedMessages(options, _clock);
        retained.Set(Message("t", 4_000));
        Assert.False(retained.HasRoomFor(Message("u", 4_000)));
        Assert.True(retained.HasRoomFor(Message("t", 4_500)));
        Assert.True(retained.HasRoomFor(Message("u", 0)));
    }

    [Theory]
    [InlineData("#", "a/b", true), InlineData("#", "$a", false), InlineData("+", "$a", false)]
    [InlineData("a/#", "a", true), InlineData("a/#", "a/+/c", true), InlineData("a/#", "a/#", true)]
    [InlineData("a/+", "a/#", false), InlineData("a/+", "a/+", true), InlineData("a/+", "a/b", true)]
    [InlineData("a/b", "a/+", false), InlineData("a/b", "a/b/c", false), InlineData("a/+/c", "a/b", false)]
    [InlineData("$a/#", "$a/b", true), InlineData("+/a", "/a", true), InlineData("a", "#", false)]
    public void Filter_covers_another_where_every_topic_of_it_is_its_own(string wide, string narrow, bool covers) =>
        Assert.Equal(covers, MqttTopic.Covers(wide, narrow));

    ClientSession Session(string name) => new(new SessionKey("GW-01", name), new MqttOptions(), _clock);

    static ClientMessage Message(string topic, int bytes = 1) =>
        new(new SessionKey("GW-01", "p"), topic, new byte[bytes], 0, false);

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
