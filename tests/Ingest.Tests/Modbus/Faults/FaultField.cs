using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus.Faults;

/// <summary>
/// The whole way of a poll, from the registry over real sockets to the sink, against servers that misbehave. Time is the test's: it moves
/// when everyone waits for it.
/// </summary>
sealed class FaultField : IAsyncDisposable
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    // The poller itself waits for midnight.
    const int PollerWaits = 1;

    readonly int _seed;
    readonly PollBench _bench;
    readonly Stillness _stillness = new();
    readonly TempFolder _models = new();
    readonly CancellationTokenSource _stop = new();
    readonly List<FieldMeter> _meters = [];
    readonly Task _running;
    int _judged;

    /// <param name="unitsOf">For each endpoint its framing and how many units are behind it.</param>
    public FaultField(int seed, params (ModbusFraming Framing, int Units)[] unitsOf)
    {
        _seed = seed;
        _bench = new PollBench(new ModbusOptions { Spread = TimeSpan.Zero, MaxBackOff = TimeSpan.FromSeconds(60), RefusedRetry = TimeSpan.FromMinutes(1) });
        foreach (var model in FieldModel.All) File.WriteAllText(_models.File($"{model.Id}.yaml"), model.Yaml());
        var seats = new Dictionary<ModbusEndpoint, Stillness.Seat>();
        foreach (var (framing, units) in unitsOf) Add(framing, units, seats);
        var registry = new FixedRegistry(Some.Registry(
            [.. _meters.Select(meter => Some.Meter(
                meter.Id, $"M-{meter.Id:000}", gateway: $"GW-{meter.Endpoint}", model: meter.Model.Id, address: $"{meter.Unit}",
                intervalS: (int)Period.TotalSeconds))],
            [.. Servers.Select((server, i) => Some.Gateway(
                $"GW-{i}", unitsOf[i].Framing == ModbusFraming.Tcp ? GatewayKind.ModbusTcp : GatewayKind.ModbusRtuOverTcp, server.Endpoint.ToString()))]));
        var maps = RegisterMaps.Load([_models.Path]);
        Assert.Empty(maps.Faults);
        var poller = new ModbusPoller(registry, maps, Some.Calendar, _bench.Context with { Clock = _stillness.ForLoops(Clock) })
        {
            Open = endpoint => seats[endpoint].Open(endpoint, Clock),
        };
        _running = Task.Run(() => poller.RunAsync(_bench.Sink, _stop.Token));
    }

    public List<FaultServer> Servers { get; } = [];

    public IReadOnlyList<FieldMeter> Meters => _meters;

    public TestClock Clock => _bench.Clock;

    public LogProbe Log => _bench.Log;

    public Task<FieldState?> StateAsync(FieldMeter meter) => _bench.StateAsync($"GW-{meter.Endpoint}", $"M-{meter.Id:000}");

    public async Task PassAsync(TimeSpan span)
    {
        var end = Clock.Instant + span;
        await ComeToRestAsync();
        while (Clock.Instant < end)
        {
            var next = Clock.NextDue is { } due && due < end ? due : end;
            Clock.Advance(next > Clock.Instant ? next - Clock.Instant : TimeSpan.FromMilliseconds(1));
            await ComeToRestAsync();
        }
        JudgeWhatCame();
    }

    /// <summary>When this meter brought a value of its first point, from a moment on.</summary>
    public IReadOnlyList<Instant> CameFrom(FieldMeter meter, Instant from) =>
    [
        .. _bench.Sink.Readings.Where(reading =>
            reading.Series == new SeriesKey(new MeterId(meter.Id), meter.Model.Points[0].Quantity) && reading.At >= from).Select(reading => reading.At),
    ];

    /// <summary>Whether each of this meter's points came once in each slot from this one on, and when it was asked for.</summary>
    public void ExpectEverySlot(FieldMeter meter, Instant from, TimeSpan atMostLate)
    {
        var readings = _bench.Sink.Readings.Where(reading => reading.Series.Meter.Value == meter.Id && reading.At >= from).ToLookup(reading => reading.Series.Quantity);
        foreach (var point in meter.Model.Points)
        {
            var at = readings[point.Quantity].Select(reading => reading.At).ToList();
            for (var slot = from; slot + Period <= Clock.Instant; slot += Period)
                Assert.True(
                    at.Count(came => came >= slot && came < slot + Period) == 1 && at.Any(came => came >= slot && came <= slot + atMostLate),
                    $"seed {_seed}: {meter} {point.Key} came in the slot of {slot} at {string.Join(", ", at.Where(came => came >= slot && came < slot + Period))}; now {_stillness}{Asked(meter, slot)}");
        }
    }

    /// <summary>The first slot that begins after now.</summary>
    public Instant NextSlot => new((Clock.Instant.UnixMilliseconds / (long)Period.TotalMilliseconds + 1) * (long)Period.TotalMilliseconds);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running.WaitAsync(TimeSpan.FromSeconds(30)));
        foreach (var server in Servers) await server.DisposeAsync();
        _stop.Dispose();
        _models.Dispose();
        _stillness.Dispose();
    }

    void Add(ModbusFraming framing, int units, Dictionary<ModbusEndpoint, Stillness.Seat> seats)
    {
        var (index, seat) = (Servers.Count, _stillness.AddSeat());
        var server = new FaultServer(index, framing, Clock, seat, _seed + index);
        Servers.Add(server);
        seats[server.Endpoint] = seat;
        for (var unit = 1; unit <= units; unit++)
            _meters.Add(new FieldMeter(_meters.Count + 1, index, (byte)unit, FieldModel.All[unit % FieldModel.All.Count]));
    }

    // No value is another register's, another unit's, another endpoint's or another time's.
    void JudgeWhatCame()
    {
        var readings = _bench.Sink.Readings;
        for (; _judged < readings.Count; _judged++)
        {
            var reading = readings[_judged];
            var meter = _meters[reading.Series.Meter.Value - 1];
            var point = meter.Model.Point(reading.Series.Quantity);
            var foreign = FieldWords.Foreign(point, meter.Endpoint, meter.Unit, reading.Value, out var number);
            Assert.True(foreign is null, $"seed {_seed}: {meter} at {reading.At}: {foreign}{Asked(meter, reading.At)}");
            if (number is not { } asked) continue;
            var (ask, _, at) = Servers[meter.Endpoint].Asked[asked];
            Assert.True(
                at == reading.At && ask.Unit == meter.Unit && ask.Function == point.Function
                && ask.Address <= point.Address && point.Address + point.Words <= ask.Address + ask.Count,
                $"seed {_seed}: {meter} {point.Key} of {reading.At} was brought by {ask}, which arrived {at}{Asked(meter, reading.At)}");
        }
        _bench.Log.AssertNoErrors();
    }

    Task ComeToRestAsync() => _stillness.ComeAsync(
        PollerWaits, () => $"seed {_seed}, {_stillness}; {string.Join("; ", Servers.Select(server => server.Asked[^1]))}");

    string Asked(FieldMeter meter, Instant around) => "; asked: " + string.Join(
        ", ", Servers[meter.Endpoint].Asked.Where(asked => (asked.At - around).Duration() < Period).Select(asked => $"\n{asked}"));
}

/// <summary>A meter of the field.</summary>
sealed record FieldMeter(int Id, int Endpoint, byte Unit, FieldModel Model)
{
    public override string ToString() => $"unit {Unit} of endpoint {Endpoint} ({Model.Id})";
}
