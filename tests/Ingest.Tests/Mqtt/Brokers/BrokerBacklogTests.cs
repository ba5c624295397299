using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Brokers;

/// <summary>What a broker kept for us while we were away is not of now.</summary>
public sealed class BrokerBacklogTests
{
    const string Ageless = """{"meter":"M-0001","values":{"energy_import":7}}""";
    const string Tasmota = """{"ENERGY":{"Total":1066}}""";
    const string Both = """[{"meter":"M-0001","ts":1773730320000,"values":{"energy_import":6}},{"meter":"M-0001","values":{"energy_import":7}}]""";
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task What_a_broker_queued_while_we_were_away_is_quarantined_where_it_says_no_time()
    {
        using var broker = new FakeBroker();
        await using var source = await AgainAsync(broker);
        await broker.PublishAsync(1, Ageless);
        await broker.PublishAsync(2, MqttPeer.Reading(2));
        await broker.PublishAsync(3, Both);
        for (var id = 1; id <= 3; id++) Assert.Equal($"PUBACK id={id} code=0", await broker.HearAsync());
        Assert.Equal([2.0, 6.0], source.Sink.Readings.Select(reading => reading.Value));
        Assert.All(source.Sink.Readings, reading => Assert.Equal(Doubt.None, reading.Doubt));
        var refusal = Assert.Single(source.Sink.Taken[0].Refusals);
        Assert.Equal((0, RefusalCodes.BadTime), (refusal.Index, refusal.Code));
        Assert.Contains("how old it is, nobody knows", refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(1, Assert.Single(source.Sink.Taken[2].Refusals).Index);
        Assert.All(source.Sink.Taken, batch => Assert.Equal("mqtt:GW-01", batch.Source));
    }

    [Fact]
    public async Task What_comes_after_a_ping_that_an_idle_broker_answered_is_of_now()
    {
        using var broker = new FakeBroker();
        await using var source = await AgainAsync(broker);
        await broker.PublishAsync(1, Ageless);
        Assert.Equal("PUBACK id=1 code=0", await broker.HearAsync());
        await PingedAsync(broker, source);
        await broker.PublishAsync(2, Ageless);
        Assert.Equal("PUBACK id=2 code=0", await broker.HearAsync());
        Assert.Single(source.Sink.Taken[0].Refusals);
        Assert.Equal(Doubt.ArrivalTime, Assert.Single(source.Sink.Readings).Doubt);
    }

    [Fact]
    public async Task Queue_is_not_through_while_the_broker_has_as_many_on_the_way_as_it_ever_had()
    {
        using var broker = new FakeBroker();
        await using var source = await AgainAsync(broker);
        source.Sink.Holds = true;
        await broker.PublishAsync(1, Ageless);
        await broker.PublishAsync(2, Ageless);
        await Eventually.HoldsAsync(() => source.Sink.Held == 2, "the sink has them");
        // Its window of two is full: behind them there may be more.
        await PingedAsync(broker, source);
        source.Sink.Holds = false;
        source.Sink.StoreAll();
        for (var id = 1; id <= 2; id++) Assert.Equal($"PUBACK id={id} code=0", await broker.HearAsync());
        await broker.PublishAsync(3, Ageless);
        Assert.Equal("PUBACK id=3 code=0", await broker.HearAsync());
        Assert.Empty(source.Sink.Readings);
    }

    [Fact]
    public async Task Answer_that_was_seen_ahead_of_messages_does_not_make_them_new()
    {
        using var broker = new FakeBroker();
        await using var source = await AgainAsync(broker, most: 1);
        source.Sink.CloseDoor();
        for (var id = 1; id <= 3; id++) await broker.PublishAsync(id, Ageless);
        await Eventually.HoldsAsync(() => source.IsHeldBack, "the window is full");
        await PingedAsync(broker, source);
        source.Sink.OpenDoor();
        for (var id = 1; id <= 3; id++) Assert.Equal($"PUBACK id={id} code=0", await broker.HearAsync());
        Assert.Empty(source.Sink.Readings);
        Assert.Equal(3, source.Sink.Taken.Count(batch => batch.Refusals.Count == 1));
    }

    [Fact]
    public async Task Message_that_is_sent_again_is_of_unknown_age_and_no_sign_of_life()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync();
        await broker.PublishAsync(1, Ageless, duplicate: true);
        await broker.PublishAsync(2, MqttPeer.Reading(2), duplicate: true);
        for (var id = 1; id <= 2; id++) Assert.Equal($"PUBACK id={id} code=0", await broker.HearAsync());
        Assert.Equal(2, Assert.Single(source.Sink.Readings).Value);
        Assert.Equal(RefusalCodes.BadTime, Assert.Single(source.Sink.Taken[0].Refusals).Code);
        Assert.Null(source.Life("GW-01"));
    }

    [Fact]
    public async Task Message_in_a_new_session_is_of_now()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(broker.Options()).Start();
        await broker.AcceptAsync();
        await broker.PublishAsync(1, Ageless);
        Assert.Equal("PUBACK id=1 code=0", await broker.HearAsync());
        Assert.Equal(Doubt.ArrivalTime, Assert.Single(source.Sink.Readings).Doubt);
    }

    [Fact]
    public async Task Dialects_are_treated_alike_and_a_replay_makes_nothing_younger()
    {
        var dialects = DialectCatalog.Load([Repository.PathOf("seeds", "dialects")]);
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(broker.Options(), dialects: dialects);
        source.Registry.Set(Some.Registry(
            meters: [Some.Meter(address: null)], gateways: [Some.Gateway(dialect: "tasmota")], version: 2));
        source.Start();
        await broker.GreetAsync(sessionPresent: true);
        await broker.GrantAsync(1);
        await broker.PublishAsync(1, Tasmota, "tele/GW-01/SENSOR");
        await broker.PublishAsync(2, Ageless);
        for (var id = 1; id <= 2; id++) Assert.Equal($"PUBACK id={id} code=0", await broker.HearAsync());
        Assert.Empty(source.Sink.Readings);
        var replay = new DialectReplay(dialects, new GuardedDialects(source.Log.For<DialectCatalog>()));
        foreach (var kept in source.Sink.Taken)
        {
            Assert.Equal(RefusalCodes.BadTime, Assert.Single(kept.Refusals).Code);
            var context = new ReadingContext(
                source.Registry.Current, Some.Calendar, kept.ArrivedAt, kept.Source, "GW-01");
            var again = replay.Read(kept.Payload, kept.Format, context)!.Value.Batch;
            Assert.Empty(again.Readings);
            Assert.Equal(RefusalCodes.BadTime, Assert.Single(again.Refusals).Code);
        }
    }

    [Fact]
    public void Window_that_was_never_full_counts_as_empty_only_when_it_is_emptier_than_it_was()
    {
        var backlog = new BrokerBacklog(sessionPresent: true);
        for (var i = 0; i < 20; i++) backlog.Received(acknowledged: 0);
        backlog.Asked(acknowledged: 5);
        // Five came while the question was on its way: twenty, as before.
        for (var i = 0; i < 5; i++) backlog.Received(acknowledged: 5);
        backlog.Answered();
        Assert.False(backlog.IsOver);
        backlog.Asked(acknowledged: 6);
        backlog.Answered();
        Assert.True(backlog.IsOver);
    }

    /// <summary>A source that comes back to its session.</summary>
    static async Task<SourceUnderTest> AgainAsync(FakeBroker broker, int most = 1024)
    {
        var source = new SourceUnderTest(broker.Options() with { ReceiveMaximum = most }).Start();
        await broker.GreetAsync(sessionPresent: true);
        await broker.GrantAsync(1);
        await source.IsConnectedAsync();
        return source;
    }

    /// <summary>The broker was asked and has answered, and we have heard it.</summary>
    static async Task PingedAsync(FakeBroker broker, SourceUnderTest source)
    {
        source.Clock.Advance(Pause);
        Assert.Equal("PINGREQ", await broker.HearAnyAsync());
        await broker.AnswerPingAsync();
        var publishing = source.Outlet.PublishAsync("a", "b"u8.ToArray(), 1, false, Eventually.Soon());
        Assert.Equal("PUBLISH a qos=1 id=1 62", await broker.HearAsync());
        await broker.AcknowledgeAsync(1);
        await publishing;
    }
}
