using System.Collections.Concurrent;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Simulator.Metering;
using EnergyWatch.Simulator.Mqtt;
using EnergyWatch.Support;

namespace EnergyWatch.Simulator.Tests.Mqtt;

public sealed class PushGatewayTests : IDisposable
{
    static readonly DateTimeOffset Start = new(2026, 11, 20, 1, 59, 50, TimeSpan.Zero);
    static readonly LiveCounty County = new(Instant.From(Start) - TimeSpan.FromDays(8));

    readonly TestBroker _broker = new();
    readonly TestClock _clock = new(Start);
    readonly ConcurrentQueue<string> _said = new();
    readonly CancellationTokenSource _stop = new(TimeSpan.FromMinutes(3));

    public void Dispose()
    {
        _broker.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task It_logs_in_and_publishes_each_interval_under_its_own_topic()
    {
        var running = Gateway("MQ-02", "XZ-01-E1", "XZ-01-W1").RunAsync(_stop.Token);
        await _broker.AcceptAsync(_stop.Token);
        var first = await WhileTimePasses(_broker.NextAsync(_stop.Token));
        Assert.Equal("sim-MQ-02 MQ-02 demo-secret", _broker.Credentials);
        Assert.Equal("energywatch/v1/MQ-02/readings", first.Topic);
        var meter = first.Json[0];
        Assert.Equal("XZ-01-E1", meter.GetProperty("meter").GetString());
        var at = new Instant(meter.GetProperty("ts").GetInt64());
        Assert.Equal(0, at.UnixMilliseconds % 30_000);
        Assert.Equal(
            County.ByCode["XZ-01-E1"].Read(Quantity.EnergyImport, at), meter.GetProperty("values").GetProperty("energy_import").GetDouble());
        await End(running);
    }

    [Fact]
    public async Task What_was_not_acknowledged_is_sent_again_marked_and_unchanged()
    {
        var running = Gateway("MQ-02", "XZ-01-E1").RunAsync(_stop.Token);
        var connection = await _broker.AcceptAsync(_stop.Token);
        var first = await WhileTimePasses(_broker.NextAsync(_stop.Token));
        await _broker.AcknowledgeAsync(first.Id, _stop.Token);
        var second = await WhileTimePasses(_broker.NextAsync(_stop.Token));
        _broker.Break();
        await connection;

        await WhileTimePasses(_broker.AcceptAsync(_stop.Token));
        var again = await WhileTimePasses(_broker.NextAsync(_stop.Token));
        Assert.False(second.Duplicate);
        Assert.True(again.Duplicate);
        Assert.Equal(second.Id, again.Id);
        Assert.Equal(second.Payload, again.Payload);
        Assert.Contains(_said, line => line.StartsWith("MQ-02: ", StringComparison.Ordinal));
        await End(running);
    }

    [Fact]
    public async Task After_an_outage_it_tells_every_interval_it_recorded()
    {
        var gateway = Gateway("MQ-02", "XZ-01-E1");
        _clock.Advance(TimeSpan.FromMinutes(10));
        var running = gateway.RunAsync(_stop.Token);
        await _broker.AcceptAsync(_stop.Token);
        var times = new List<long>();
        while (times.Count < 20)
        {
            var next = await WhileTimePasses(_broker.NextAsync(_stop.Token));
            await _broker.AcknowledgeAsync(next.Id, _stop.Token);
            times.Add(next.Json[0].GetProperty("ts").GetInt64());
        }
        var start = Instant.From(Start).UnixMilliseconds + 10_000;
        Assert.Equal(Enumerable.Range(0, 20).Select(slot => start + slot * 30_000L), times);
        await End(running);
    }

    [Fact]
    public async Task Without_acknowledgements_it_holds_at_its_window()
    {
        var gateway = Gateway("MQ-02", "XZ-01-E1");
        _clock.Advance(TimeSpan.FromHours(2));
        var running = gateway.RunAsync(_stop.Token);
        await _broker.AcceptAsync(_stop.Token);
        Published? last = null;
        for (var sent = 0; sent < 20; sent++) last = await WhileTimePasses(_broker.NextAsync(_stop.Token));
        Assert.False(_broker.TryNext(out _));
        await _broker.AcknowledgeAsync(last!.Id, _stop.Token);
        Assert.True((await WhileTimePasses(_broker.NextAsync(_stop.Token))).Json[0].GetProperty("ts").GetInt64() > 0);
        await End(running);
    }

    [Fact]
    public async Task A_refused_password_is_said_once_and_tried_again()
    {
        _broker.Answer = 5;
        var running = Gateway("MQ-02", "XZ-01-E1").RunAsync(_stop.Token);
        await _broker.AcceptAsync(_stop.Token);
        await WhileTimePasses(_broker.AcceptAsync(_stop.Token));
        _broker.Answer = 0;
        await WhileTimePasses(_broker.AcceptAsync(_stop.Token));
        await WhileTimePasses(_broker.NextAsync(_stop.Token));
        Assert.Equal(
            ["MQ-02: the broker refused the connection with code 5; 0 not acknowledged, trying again", "MQ-02: connected again"], _said);
        await End(running);
    }

    [Fact]
    public async Task At_noon_one_gateway_goes_and_brings_its_readings_afterwards()
    {
        var clock = new TestClock(new DateTimeOffset(2026, 11, 20, 4, 29, 20, TimeSpan.Zero));
        var gateway = new PushGateway(
            new PushTarget("127.0.0.1", _broker.Port, Faults.NoonGateway, "u", "s"), Recorder(clock, "XZ-05-E1"), clock, _said.Enqueue);
        var running = gateway.RunAsync(_stop.Token);
        var connection = await _broker.AcceptAsync(_stop.Token);
        await WhileTimePasses(connection, clock);
        Assert.InRange(clock.GetUtcNow(), At(4, 30), At(4, 31));
        await WhileTimePasses(_broker.AcceptAsync(_stop.Token), clock, TimeSpan.FromMinutes(1));
        Assert.InRange(clock.GetUtcNow(), At(6, 30), At(6, 33));
        Published next;
        do
        {
            next = await WhileTimePasses(_broker.NextAsync(_stop.Token), clock);
            await _broker.AcknowledgeAsync(next.Id, _stop.Token);
        }
        while (next.Json[0].GetProperty("ts").GetInt64() < At(4, 31).ToUnixTimeMilliseconds());
        Assert.InRange(next.Json[0].GetProperty("ts").GetInt64(), At(4, 31).ToUnixTimeMilliseconds(), At(4, 32).ToUnixTimeMilliseconds());
        await _stop.CancelAsync();
        await running;

        static DateTimeOffset At(int hour, int minute) => new(2026, 11, 20, hour, minute, 0, TimeSpan.Zero);
    }

    [Fact]
    public void A_recorder_forgets_what_is_older_than_a_week()
    {
        var recorder = Recorder(new TestClock(Start - TimeSpan.FromDays(7.9)), "XZ-01-E1");
        Assert.NotNull(recorder.Take(_clock.Instant));
        Assert.InRange((_clock.Instant - recorder.NextDue).TotalDays, 6.99, 7);
    }

    [Fact]
    public void A_dead_meter_is_never_told()
    {
        var recorder = Recorder(_clock, Faults.DeadMeter);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(recorder.Take(_clock.Instant));
    }

    PushGateway Gateway(string code, params string[] meters) => new(
        new PushTarget("127.0.0.1", _broker.Port, code, code, "demo-secret"), Recorder(_clock, meters), _clock, _said.Enqueue);

    static Recorder Recorder(TestClock clock, params string[] meters) =>
        new([.. meters.Select(meter => new RecordedMeter(County.ByCode[meter], County.ByCode[meter].Plan.IntervalS))], clock.Instant, speed: 1);

    async Task<T> WhileTimePasses<T>(ValueTask<T> awaited) => await WhileTimePasses(awaited, _clock);

    async Task<T> WhileTimePasses<T>(Task<T> awaited) => await WhileTimePasses(new ValueTask<T>(awaited), _clock);

    async Task<T> WhileTimePasses<T>(Task<T> awaited, TestClock clock, TimeSpan? step = null) =>
        await WhileTimePasses(new ValueTask<T>(awaited), clock, step);

    async Task<T> WhileTimePasses<T>(ValueTask<T> awaited, TestClock clock, TimeSpan? step = null)
    {
        var task = awaited.AsTask();
        await WhileTimePasses((Task)task, clock, step);
        return await task;
    }

    // The gateway's own waits pass on the test's clock. The loopback sockets between are real, and get a moment of theirs at each turn.
    async Task WhileTimePasses(Task awaited, TestClock clock, TimeSpan? step = null)
    {
        while (!awaited.IsCompleted)
        {
            _stop.Token.ThrowIfCancellationRequested();
            await Task.WhenAny(awaited, Task.Delay(TimeSpan.FromMilliseconds(25), TimeProvider.System));
            if (!awaited.IsCompleted) clock.Advance(step ?? TimeSpan.FromSeconds(1));
        }
        await awaited;
    }

    async Task End(Task running)
    {
        await _stop.CancelAsync();
        await running;
    }
}
