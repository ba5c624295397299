using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Sparkplug;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Sparkplug;

/// <summary>
/// What was held back and is let go: how much may wait for the store, and what becomes of what it does not take.
/// </summary>
public sealed class ReleasedMessagesTests : IAsyncDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly TestClock _clock = new();
    readonly ScriptedSink _sink = new();
    readonly LogProbe _log = new();
    readonly SparkplugMetrics _metrics = new();
    readonly FieldStateRecorder _states;
    readonly SparkplugHost _host;
    readonly Task _running;

    public ReleasedMessagesTests()
    {
        var registry = new FixedRegistry(Some.Registry(meters: [Some.Meter(address: "D1")]));
        _states = new FieldStateRecorder(
            new ListenerUnderTest.KeptStates(), new PipelineOptions(), _clock, _log.For<FieldStateRecorder>());
        _host = new SparkplugHost(new HostParts
        {
            Options = new SparkplugOptions(),
            Decoder = new MetricDecoder(new Lazy<MetricMap>(EdgeNodeUnderTest.Shipped), registry, Some.Calendar, _metrics),
            Intake = new MqttIntake(registry, Some.Calendar, _states),
            Way = new BrokenWay(),
            Metrics = _metrics,
            Clock = _clock,
            Log = _log.For<SparkplugHost>(),
        });
        _running = _host.RunAsync(_sink, _stop.Token);
    }

    // The one that is missing holds no reading, so that its sender's window bounds nothing.
    [Fact]
    public void While_the_store_stands_still_only_so_much_waits_and_the_rest_is_left_to_the_window_of_its_sender()
    {
        _sink.CloseDoor();
        Birth("GW-01");
        var answered = 0;
        for (var seq = 1; seq < 400; seq += 2)
        {
            answered += Data("GW-01", seq + 1, 1, padding: 60_000).Batch.Received;
            Data("GW-01", seq);
        }
        Assert.InRange(_host.HeldBytes, 1_900_000, 2 * 1024 * 1024);
        Assert.InRange(answered, 100, 200);
        // Its neighbour has room.
        Birth("GW-02");
        Assert.Equal(0, Data("GW-02", 2, 1, padding: 60_000).Batch.Received);
    }

    [Fact]
    public async Task Room_is_given_back_when_it_is_stored_and_all_that_waits_is_put_at_once()
    {
        _sink.Holds = true;
        Birth("GW-01");
        for (var seq = 1; seq < 20; seq += 2)
        {
            Data("GW-01", seq + 1, seq);
            Data("GW-01", seq);
        }
        await Eventually.HoldsAsync(() => _sink.Held > 0, "the first is put");
        Assert.True(_host.HeldBytes > 0);
        await StoreAsync(() => _sink.Readings.Count == 10 && _host.HeldBytes == 0, "all are stored");
    }

    [Fact]
    public async Task Message_that_the_store_refuses_each_time_delays_no_other_and_goes_to_the_quarantine()
    {
        _sink.Fault = batch => batch.Readings.Any(reading => reading.Value == 666) ? new NotStoredException("refused") : null;
        Birth("GW-01");
        Swapped("GW-01", 1, 666);
        for (var seq = 3; !IsQuarantined(); seq += 2)
        {
            Swapped("GW-01", seq, seq);
            await StoredAsync(seq);
            Assert.InRange(seq, 3, 200);
        }
        await StoreAsync(() => _host.HeldBytes == 0, "nothing waits any more");
        var refused = Assert.Single(_sink.Taken, batch => batch.Refusals.Count > 0);
        Assert.Equal((RefusalCodes.RejectedByStore, "mqtt:GW-01"), (refused.Refusals[0].Code, refused.Source));
        Assert.False(refused.Payload.IsEmpty);
    }

    [Fact]
    public async Task Message_that_not_even_the_quarantine_takes_is_dropped_and_shown()
    {
        _sink.Fault = batch => batch.Payload.Length > 0 || batch.Readings.Any(reading => reading.Value == 666)
            ? new InvalidOperationException("a defect") : null;
        Birth("GW-01");
        Swapped("GW-01", 1, 666);
        for (var seq = 3; _log.Lines.All(line => !line.Message.Contains("is lost", StringComparison.Ordinal)); seq += 2)
        {
            Swapped("GW-01", seq, seq);
            await StoredAsync(seq);
            Assert.InRange(seq, 3, 200);
        }
        await StoreAsync(() => _host.HeldBytes == 0, "nothing waits any more");
    }

    [Fact]
    public async Task While_nothing_is_stored_nothing_is_given_up()
    {
        _sink.Fault = _ => new NotStoredException("the disk is full");
        Birth("GW-01");
        Swapped("GW-01", 1, 7);
        await StoreAsync(() => _sink.Taken.Count >= 20, "it is offered again and again");
        Assert.DoesNotContain(_sink.Taken, batch => batch.Refusals.Count > 0);
        _sink.Fault = null;
        await StoreAsync(() => _host.HeldBytes == 0, "it is stored");
        Assert.Equal(7, _sink.Readings[^1].Value);
    }

    // The way breaks with what is no lost connection.
    [Fact]
    public async Task Defect_on_the_way_out_ends_neither_the_commands_nor_what_is_stored()
    {
        Data("GW-01", 1, 5);
        await Eventually.HoldsAsync(
            () => _log.Lines.Any(line => line.Message.Contains("rebirth request", StringComparison.Ordinal)), "it is said");
        Birth("GW-01");
        Swapped("GW-01", 1, 7);
        await Eventually.HoldsAsync(() => _sink.Readings.Count == 1, "it is stored");
        Assert.False(_running.IsCompleted);
    }

    bool IsQuarantined() => _sink.Taken.Any(batch => batch.Refusals.Count > 0);

    Task StoredAsync(double value) =>
        StoreAsync(() => _sink.Readings.Any(reading => reading.Value == value), "its neighbour is stored");

    async Task StoreAsync(Func<bool> isDone, string what) => await Eventually.HoldsAsync(() =>
    {
        _sink.StoreAll();
        _clock.Advance(TimeSpan.FromSeconds(1));
        return isDone();
    }, what);

    void Birth(string gateway) => Take(gateway, "NBIRTH", SparkplugBytes.Payload(1, 0, SparkplugBytes.BdSeq(0)));

    // The second comes first, and waits.
    void Swapped(string gateway, int seq, double value)
    {
        Data(gateway, (seq + 1) % 256, value);
        Data(gateway, seq % 256);
    }

    DecodedPayload Data(string gateway, int seq, double? value = null, int padding = 0)
    {
        var metrics = value is { } number
            ? new[] { SparkplugBytes.Metric("energy_import", null, EdgeNodeUnderTest.Start, number) } : [];
        if (padding > 0) metrics = [.. metrics, SparkplugBytes.Metric(new string('x', padding))];
        // A birth of the device, since that is complete in itself.
        var (kind, device) = value is null ? ("NDATA", "") : ("DBIRTH", "/D1");
        return Take(gateway, kind, SparkplugBytes.Payload(2, seq % 256, metrics), device);
    }

    DecodedPayload Take(string gateway, string kind, byte[] payload, string device = "")
    {
        var topic = System.Text.Encoding.UTF8.GetBytes($"spBv1.0/Plant 1/{kind}/{gateway}{device}");
        Assert.True(SparkplugTopic.TryRead(topic, out var read));
        return _host.Take(gateway, read, payload, _clock.Instant, 0);
    }

    public async ValueTask DisposeAsync()
    {
        _sink.OpenDoor();
        _sink.StoreAll();
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
        _host.Dispose();
        _stop.Dispose();
        _states.Dispose();
        _metrics.Dispose();
    }

    sealed class BrokenWay : ISparkplugWay
    {
        public ValueTask SendAsync(string topic, ReadOnlyMemory<byte> payload, int qos, bool retain, CancellationToken stop) =>
            throw new InvalidOperationException("a defect");
    }
}
