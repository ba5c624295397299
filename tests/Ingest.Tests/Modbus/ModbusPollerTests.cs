using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class ModbusPollerTests : IAsyncLifetime, IDisposable
{
    PollBench _bench = new();
    Action? _opening;
    Func<Ingest.Modbus.Protocol.MeterRequest, (LinkFault?, Ingest.Modbus.Protocol.ModbusExceptionCode)>? _behave;
    readonly CancellationTokenSource _stop = new();
    readonly TempFolder _models = new();
    readonly Dictionary<string, List<FakeBus>> _buses = [];
    FixedRegistry _registry = new(RegistrySnapshot.Empty);
    Task _running = Task.CompletedTask;

    [Fact]
    public async Task Each_endpoint_is_polled_by_itself_and_meters_of_two_gateways_share_one_endpoint()
    {
        Start(
            [Meter(1, "GW-A"), Meter(2, "GW-B"), Meter(3, "GW-C")],
            [Gateway("GW-A", "10.0.0.1"), Gateway("GW-B", "10.0.0.2:503"), Gateway("GW-C", "10.0.0.1:502")]);
        await PassAsync(TimeSpan.FromSeconds(30), endpoints: 2);
        Assert.Equal(["10.0.0.1:502", "10.0.0.2:503"], _buses.Keys.Order());
        Assert.Equal([1, 3], Bus("10.0.0.1:502").Asked.Select(ask => (int)ask.Request.Unit).Distinct().Order());
        Assert.Equal(["modbus:GW-A", "modbus:GW-B", "modbus:GW-C"], _bench.Sink.Batches.Select(batch => batch.Source).Distinct().Order());
    }

    [Fact]
    public async Task A_change_behind_one_endpoint_leaves_the_others_and_its_old_meters_as_they_are()
    {
        Gateway[] gateways = [Gateway("GW-A", "10.0.0.1"), Gateway("GW-B", "10.0.0.2")];
        Start([Meter(1, "GW-A"), Meter(2, "GW-B")], gateways);
        await SettleAsync(2);
        Bus("10.0.0.2:502").Behave = request => request.Unit == 2 ? (LinkFault.TimedOut, 0) : (null, 0);
        await PassAsync(TimeSpan.FromMinutes(10), endpoints: 2);
        var askedOfSilent = Bus("10.0.0.2:502").AskedOf(2).Count;

        Change([Meter(1, "GW-A"), Meter(2, "GW-B"), Meter(5, "GW-B")], gateways);
        await Until(() => _bench.Log.Lines.Any(line => line.Message.EndsWith("2 meter(s) now", StringComparison.Ordinal)));
        await PassAsync(TimeSpan.FromSeconds(60), endpoints: 2);

        Assert.Single(_buses["10.0.0.1:502"]);
        Assert.Single(_buses["10.0.0.2:502"]);
        Assert.False(Bus("10.0.0.2:502").IsDisposed);
        Assert.InRange(Bus("10.0.0.2:502").AskedOf(5).Count, 6, 7);
        Assert.InRange(Bus("10.0.0.2:502").AskedOf(2).Count - askedOfSilent, 0, 1); // it is still backing off, ten minutes long
        Assert.InRange(askedOfSilent, 6, 12);
    }

    [Fact]
    public async Task A_new_version_of_the_registry_without_a_change_here_touches_nothing()
    {
        Start([Meter(1, "GW-A")], [Gateway("GW-A", "10.0.0.1")]);
        await PassAsync(TimeSpan.FromSeconds(15), endpoints: 1);
        for (var i = 0; i < 5; i++)
        {
            Change([Meter(1, "GW-A")], [Gateway("GW-A", "10.0.0.1")]);
            await PassAsync(TimeSpan.FromSeconds(5), endpoints: 1);
        }
        Assert.Single(_buses["10.0.0.1:502"]);
    }

    [Fact]
    public async Task A_gateway_that_is_gone_is_let_go()
    {
        Start([Meter(1, "GW-A"), Meter(2, "GW-B")], [Gateway("GW-A", "10.0.0.1"), Gateway("GW-B", "10.0.0.2")]);
        await SettleAsync(2);
        Change([Meter(1, "GW-A")], [Gateway("GW-A", "10.0.0.1")]);
        await Until(() => Bus("10.0.0.2:502").IsDisposed);
        var asked = Bus("10.0.0.2:502").Asked.Count;
        await PassAsync(TimeSpan.FromSeconds(30), endpoints: 1);
        Assert.Equal(asked, Bus("10.0.0.2:502").Asked.Count);
        Assert.InRange(Bus("10.0.0.1:502").Asked.Count, 3, 4);
    }

    [Fact]
    public async Task A_meter_whose_facts_begin_tomorrow_is_polled_from_local_midnight_on()
    {
        var today = Some.Calendar.DayOf(_bench.Clock.Instant);
        var facts = Meter(2, "GW-A").Facts.Facts[0].Value;
        var tomorrow = Meter(2, "GW-A") with { Facts = new([new(today.AddDays(1), facts)]) };
        Start([Meter(1, "GW-A", 3600), tomorrow], [Gateway("GW-A", "10.0.0.1")]);
        await PassAsync(TimeSpan.FromHours(9), endpoints: 1);
        Assert.Empty(Bus("10.0.0.1:502").AskedOf(2));
        await PassAsync(TimeSpan.FromMinutes(20), endpoints: 1); // 2026-03-18 00:05 in Shanghai
        Assert.NotEmpty(Bus("10.0.0.1:502").AskedOf(2));
    }

    [Fact]
    public async Task A_meter_that_cannot_be_polled_is_named_with_its_reason_and_harms_no_other()
    {
        Start(
            [
                Meter(1, "GW-A"),
                Some.Meter(2, "M-2", gateway: "GW-A", model: "no-such", address: "2"),
                Some.Meter(3, "M-3", gateway: "GW-A", model: "test", address: "A7"),
                Some.Meter(4, "M-4", gateway: "GW-A", model: "test", address: "256"),
                Some.Meter(5, "M-5", gateway: "GW-A", model: null, address: "5"),
                Some.Meter(6, "M-6", gateway: "GW-R", model: "test", address: "248"),
                Meter(7, "GW-X"), Meter(8, "GW-M"),
            ],
            [
                Gateway("GW-A", "10.0.0.1"), Some.Gateway("GW-R", GatewayKind.ModbusRtuOverTcp, "10.0.0.9:4001"),
                Gateway("GW-X", "10.0.0.1:port"), Some.Gateway("GW-M"),
            ]);
        await PassAsync(TimeSpan.FromSeconds(15), endpoints: 1);
        Assert.Equal([1], Bus("10.0.0.1:502").Asked.Select(ask => (int)ask.Request.Unit).Distinct());
        async Task Expect(string gateway, string? meter, string reason) =>
            Assert.Contains(reason, (await _bench.StateAsync(gateway, meter))!.Fault, StringComparison.Ordinal);
        await Expect("GW-A", "M-2", "meter model 'no-such' is not known; known are test");
        await Expect("GW-A", "M-3", "address 'A7' is not a Modbus unit from 0 to 255");
        await Expect("GW-A", "M-4", "address '256'");
        await Expect("GW-A", "M-5", "no meter model is given");
        await Expect("GW-R", "M-6", "from 1 to 247");
        await Expect("GW-X", null, "endpoint '10.0.0.1:port' is not host or host:port");
        Assert.Null(await _bench.StateAsync("GW-M", "M-0008"));
        Assert.Equal(6, _bench.Log.Lines.Count(line => line.Message.Contains("cannot be polled", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Five_thousand_meters_behind_two_hundred_endpoints_are_all_read_in_every_period()
    {
        var meters = Enumerable.Range(1, 5000).Select(i =>
            Some.Meter(i, $"M-{i:0000}", gateway: $"GW-{i % 200:000}", model: "test", address: $"{1 + (i - 1) / 200}", intervalS: 60));
        Start([.. meters], [.. Enumerable.Range(0, 200).Select(i => Gateway($"GW-{i:000}", $"10.1.{i}.1"))]);
        await SettleAsync(200);
        foreach (var dead in _buses.Values.Take(20)) dead[0].Behave = _ => (LinkFault.Unreachable, 0); // one endpoint in ten
        foreach (var bus in _buses.Values) bus[0].AnswerTime = TimeSpan.FromSeconds(1); // few steps of the test's clock
        await PassAsync(TimeSpan.FromMinutes(4), endpoints: 200);
        var living = _buses.Values.Skip(20).Select(buses => buses[0]).ToList();
        Assert.All(living, bus => Assert.All(Enumerable.Range(1, 25), unit =>
        {
            Assert.InRange(bus.AskedOf((byte)unit).Count, 4, 6);
        }));
    }

    [Fact]
    public async Task One_endpoint_written_in_two_ways_has_one_connection_and_one_spoken_to_in_two_ways_is_refused()
    {
        Start(
            [Meter(1, "GW-A"), Meter(2, "GW-B"), Meter(3, "GW-C")],
            [
                Gateway("GW-A", "Meters.Example"), Gateway("GW-B", "meters.example.:502"),
                Some.Gateway("GW-C", GatewayKind.ModbusRtuOverTcp, "METERS.example:502"),
            ]);
        await PassAsync(TimeSpan.FromSeconds(15), endpoints: 1);
        Assert.Equal([1, 2], Bus("meters.example:502").Asked.Select(ask => (int)ask.Request.Unit).Distinct().Order());
        Assert.Single(_buses);
        Assert.Contains("is used by gateway GW-A", (await _bench.StateAsync("GW-C", null))!.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_moved_is_let_go_at_its_old_address_before_it_is_asked_at_the_new()
    {
        Start([Meter(1, "GW-A")], [Gateway("GW-A", "10.0.0.1")]);
        await PassAsync(TimeSpan.FromSeconds(15), endpoints: 1);
        var wasClosed = false;
        _opening = () => wasClosed = Bus("10.0.0.1:502").IsDisposed;
        Change([Meter(1, "GW-A")], [Gateway("GW-A", "10.0.0.2")]);
        await Until(() => _buses.ContainsKey("10.0.0.2:502"));
        await PassAsync(TimeSpan.FromSeconds(15), endpoints: 1);
        Assert.True(wasClosed);
        Assert.NotEmpty(Bus("10.0.0.2:502").Asked);
    }

    [Fact]
    public async Task How_the_field_is_shows_as_gauges_and_what_is_no_longer_polled_does_not()
    {
        using var up = new GaugeProbe("energywatch_modbus_endpoint_up");
        using var silent = new GaugeProbe("energywatch_modbus_silent_meters");
        _behave = request => request.Unit == 2 ? (LinkFault.Unreachable, 0) : request.Unit == 3 ? (LinkFault.TimedOut, 0) : (null, 0);
        Start([Meter(1, "GW-A"), Meter(3, "GW-A"), Meter(2, "GW-B")], [Gateway("GW-A", "gauged-a"), Gateway("GW-B", "gauged-b")]);
        await PassAsync(TimeSpan.FromSeconds(15), endpoints: 2);
        Assert.Equal((1, 0), (up.Of("gauged-a:502"), up.Of("gauged-b:502")));
        Assert.Equal((1, 0), (silent.Of("gauged-a:502"), silent.Of("gauged-b:502")));
        Change([Meter(1, "GW-A"), Meter(3, "GW-A")], [Gateway("GW-A", "gauged-a")]);
        await Until(() => up.Of("gauged-b:502") is null);
        Assert.Equal(1, up.Of("gauged-a:502"));
    }

    [Fact]
    public async Task Many_endpoints_that_lost_their_way_together_do_not_come_back_in_one_instant()
    {
        var random = new Random(3);
        _bench = new PollBench(jitter: () => { lock (random) return random.NextDouble(); });
        _behave = _ => (LinkFault.Unreachable, 0);
        Start(
            [.. Enumerable.Range(1, 100).Select(i => Meter(i, $"GW-{i:000}"))],
            [.. Enumerable.Range(1, 100).Select(i => Gateway($"GW-{i:000}", $"10.2.{i}.1"))]);
        await PassAsync(TimeSpan.FromSeconds(20), endpoints: 100);
        var third = _buses.Values.Select(buses => buses[0].Asked[2].At.UnixMilliseconds).Order().ToList();
        Assert.True(third[^1] - third[0] > 900, $"within {third[^1] - third[0]} ms");
        Assert.True(third.GroupBy(at => at / 100).Max(group => group.Count()) <= 30);
    }

    [Fact]
    public async Task A_connection_that_cannot_be_closed_keeps_no_other_open_and_nothing_polled_from_its_last_offer()
    {
        var fails = true;
        _bench.Sink.Ticket = batch => fails
            ? Task.FromException<IngestReceipt>(new NotStoredException("disk full"))
            : Task.FromResult(new IngestReceipt(batch.Readings.Count, batch.Readings.Count, []));
        Start([Meter(1, "GW-A"), Meter(2, "GW-B")], [Gateway("GW-A", "10.0.0.1"), Gateway("GW-B", "10.0.0.2")]);
        await PassAsync(TimeSpan.FromSeconds(5), endpoints: 2);
        fails = false;
        var offered = _bench.Sink.Batches.Count;
        Bus("10.0.0.1:502").OnDispose = () => throw new IOException("the port does not close");
        await _stop.CancelAsync();
        await Assert.ThrowsAsync<IOException>(() => _running);
        Assert.True(Bus("10.0.0.2:502").IsDisposed);
        Assert.True(_bench.Sink.Batches.Count > offered);
        _bench.Log.AssertNoErrors();
        _running = Task.FromCanceled(_stop.Token);
    }

    [Fact]
    public async Task Stop_ends_every_loop_and_closes_every_connection()
    {
        Start([Meter(1, "GW-A"), Meter(2, "GW-B")], [Gateway("GW-A", "10.0.0.1"), Gateway("GW-B", "10.0.0.2")]);
        await SettleAsync(2);
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
        Assert.All(_buses.Values, buses => Assert.True(buses[0].IsDisposed));
        _bench.Log.AssertNoErrors();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _models.Dispose();
    }

    void Start(IReadOnlyList<Meter> meters, IReadOnlyList<Gateway> gateways)
    {
        File.WriteAllText(_models.File("test.yaml"), Models.Yaml("volume:0:uint16"));
        _registry = new FixedRegistry(Some.Registry(meters, gateways));
        var poller = new ModbusPoller(_registry, RegisterMaps.Load([_models.Path]), Some.Calendar, _bench.Context)
        {
            Open = endpoint =>
            {
                _opening?.Invoke();
                var bus = new FakeBus(_bench.Clock);
                if (_behave is not null) bus.Behave = _behave;
                if (!_buses.TryGetValue(endpoint.ToString(), out var buses)) _buses[endpoint.ToString()] = buses = [];
                buses.Add(bus);
                return bus;
            },
        };
        _running = Task.Run(() => poller.RunAsync(_bench.Sink, _stop.Token));
    }

    void Change(IReadOnlyList<Meter> meters, IReadOnlyList<Gateway> gateways) =>
        _registry.Set(Some.Registry(meters, gateways, version: _registry.Current.Version + 1));

    // Every endpoint waits on the clock, and the poller for midnight.
    Task PassAsync(TimeSpan span, int endpoints) => _bench.PassAsync(span, endpoints + 1);
    Task SettleAsync(int endpoints) => _bench.SettleAsync(endpoints + 1);

    FakeBus Bus(string endpoint) => _buses[endpoint][^1];

    static async Task Until(Func<bool> condition)
    {
        var guard = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(guard.Elapsed < TimeSpan.FromSeconds(20));
            await Task.Yield();
        }
    }

    static Meter Meter(int id, string gateway, int intervalS = 10) =>
        Some.Meter(id, $"M-{id:0000}", gateway: gateway, model: "test", address: $"{id}", intervalS: intervalS);

    static Gateway Gateway(string code, string endpoint) => Some.Gateway(code, GatewayKind.ModbusTcp, endpoint);
}
