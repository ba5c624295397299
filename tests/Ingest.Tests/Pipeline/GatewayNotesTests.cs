using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Pipeline;

public sealed class GatewayNotesTests
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    static readonly SeriesKey Power = new(new MeterId(1), Quantity.Power);

    readonly TestClock _clock = new();
    readonly GatewayNotes _notes;

    public GatewayNotesTests() => _notes = new GatewayNotes("GW-01", _clock);

    [Fact]
    public void What_came_is_counted_once_and_added_again_when_it_could_not_be_saved()
    {
        _notes.Entered(new GatewayConnected("listener", "10.0.0.9", "c1", "5.0", true, _clock.Instant));
        _notes.Heard(_clock.Instant, 2, 300);
        _notes.Heard(_clock.Instant, 0, 2);
        _notes.Settled(Batch(), new IngestReceipt(12, 10, []));
        _notes.Fault(null, _clock.Instant, "bad");
        var first = _notes.TakeChange(Limit)!;
        Assert.Equal(new GatewayTraffic(2, 10, 2, 1, 302, 1), first.Life!.Traffic);
        Assert.Null(_notes.TakeChange(Limit));

        _notes.GiveBack(first);
        _notes.Heard(_clock.Instant, 1, 8);
        var second = _notes.TakeChange(Limit)!;
        Assert.Equal(new GatewayTraffic(3, 10, 2, 1, 310, 1), second.Life!.Traffic);
        Assert.Equal("bad", second.Life.Faults.Single().Text);
        Assert.Equal(_clock.Instant, second.LastSeen);
    }

    [Fact]
    public void Login_is_a_sign_of_life()
    {
        _notes.Entered(Connected("a"));
        Assert.Equal(_clock.Instant, _notes.TakeChange(Limit)!.LastSeen);
    }

    [Fact]
    public void It_stays_connected_until_its_last_connection_ends()
    {
        var (first, second, start) = (Connected("same"), Connected("same"), _clock.Instant);
        _notes.Entered(first);
        _clock.Advance(TimeSpan.FromMinutes(1));
        _notes.Entered(second);
        _notes.Left(second, _clock.Instant, "disconnected", "it said so");
        var life = Life()!;
        Assert.Equal(new LinkState(GatewayLink.Connected, start), life.Link);
        Assert.Same(first, life.Connection);
        _notes.Left(first, _clock.Instant, "keep_alive", "nothing was heard for too long");
        Assert.Equal(
            new LinkState(GatewayLink.Disconnected, _clock.Instant, "keep_alive", "nothing was heard for too long"), Link());
        _notes.Happened(LinkEventKind.WillSaid, _clock.Instant, "will", "'gone'");
        Assert.Equal(GatewayLink.Lost, Link()!.Link);
    }

    [Fact]
    public void A_connection_of_before_the_start_is_over()
    {
        var before = new GatewayLife
        {
            Link = new LinkState(GatewayLink.Connected, _clock.Instant), Connection = Connected("a"),
        };
        _notes.Remember(before, _clock.Instant);
        var now = Link()!;
        Assert.Equal((GatewayLink.Disconnected, "service_restarted"), (now.Link, now.Reason));
    }

    [Fact]
    public void What_it_said_before_the_start_still_holds()
    {
        _notes.Remember(
            new GatewayLife { Link = new LinkState(GatewayLink.Offline, _clock.Instant, "said_so") }, _clock.Instant);
        _notes.Heard(_clock.Instant, 0, 2);
        Assert.Equal(GatewayLink.Offline, Link()!.Link);
    }

    [Fact]
    public void A_broker_that_is_lost_makes_its_gateways_unreachable_and_no_others()
    {
        _notes.HeardBy("broker:site", _clock.Instant, 10);
        _notes.WayChanged("broker:other", LinkEventKind.WayLost, _clock.Instant, "broker_lost", "x");
        Assert.Equal(GatewayLink.Online, Link()!.Link);
        _notes.WayChanged("broker:site", LinkEventKind.WayLost, _clock.Instant, "broker_lost", "x");
        Assert.Equal(GatewayLink.Unreachable, Link()!.Link);
        _notes.HeardBy("broker:site", _clock.Instant, 10);
        Assert.Equal(GatewayLink.Online, Link()!.Link);
    }

    [Fact]
    public void A_clock_beyond_the_limit_is_one_fault_until_it_was_right_again()
    {
        Send(ahead: TimeSpan.FromMinutes(5));
        var life = Life()!;
        Assert.Equal(300_000, life.Drift!.Ms);
        Assert.Equal("Its clock is 300.0 s ahead of ours.", life.Faults.Single().Text);
        Send(ahead: TimeSpan.FromMinutes(5));
        Assert.Empty(Life()!.Faults);
        for (var i = 0; i < 40; i++) Send(ahead: TimeSpan.Zero);
        Assert.Empty(Life()!.Faults);
        for (var i = 0; i < 40; i++) Send(ahead: -TimeSpan.FromMinutes(3));
        Assert.Equal("Its clock is 180.0 s behind ours.", Life()!.Faults.Single().Text);
    }

    [Fact]
    public void Without_a_time_of_its_own_there_is_no_drift_and_that_is_known()
    {
        var reading = new Reading(Power, _clock.Instant, 1, Doubt: Doubt.ArrivalTime);
        _notes.Settled(Batch(reading), new IngestReceipt(1, 1, []));
        var life = Life()!;
        Assert.Equal((null, false), (life.Drift, life.SendsTime));
    }

    [Fact]
    public void What_an_interval_used_says_nothing_of_the_clock()
    {
        var interval = new SeriesKey(new MeterId(1), Quantity.EnergyInterval);
        _notes.Settled(Batch(new Reading(interval, _clock.Instant - TimeSpan.FromHours(1), 1)), new IngestReceipt(1, 1, []));
        Assert.Null(Life()!.SendsTime);
    }

    [Fact]
    public void A_fault_that_repeats_is_one_that_counts_and_the_oldest_go()
    {
        var start = _clock.Instant;
        for (var i = 0; i < 25; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            _notes.Fault(null, _clock.Instant, "the same");
            _notes.Fault("M-1", _clock.Instant, $"another {i}");
        }
        var life = Life()!;
        Assert.Equal(50, life.Traffic.Faults);
        Assert.Equal(IGatewayFaults.Most, life.Faults.Count);
        var same = life.Faults.Single(fault => fault.Text == "the same");
        Assert.Equal(
            new GatewayFault(start + TimeSpan.FromSeconds(1), _clock.Instant, null, "the same", 25), same);
    }

    void Send(TimeSpan ahead)
    {
        for (var i = 0; i < 4; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(30));
            _notes.Settled(Batch(new Reading(Power, _clock.Instant + ahead, 1)), new IngestReceipt(1, 1, []));
        }
    }

    GatewayLife? Life() => _notes.TakeChange(Limit)?.Life;

    LinkState? Link() => Life()?.Link;

    GatewayConnected Connected(string client) =>
        new("listener", "10.0.0.9", client, "3.1.1", false, _clock.Instant);

    IngestBatch Batch(params Reading[] readings) => new(
        "mqtt:GW-01", _clock.Instant, readings, [.. readings.Select(_ => 0)], [], PayloadFormats.Json, default);
}
