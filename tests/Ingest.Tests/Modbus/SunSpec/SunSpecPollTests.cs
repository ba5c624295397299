using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus.SunSpec;

/// <summary>A SunSpec meter polled every 10 s, whose registers move and change under the poller.</summary>
public sealed class SunSpecPollTests : IAsyncLifetime, IDisposable
{
    static readonly RegisterMaps Maps = RegisterMaps.Load([Repository.PathOf("seeds", "models")]);

    readonly PollBench _bench = new();
    readonly CancellationTokenSource _stop = new();
    readonly RegisterBus _bus;
    Task _running = Task.CompletedTask;

    public SunSpecPollTests() => _bus = new RegisterBus(_bench.Clock, Chain(4277));

    [Fact]
    public async Task It_is_found_at_first_contact_and_read_in_each_slot_with_one_request_a_model()
    {
        Start("sunspec-inverter");
        await PassAsync(5);
        Assert.Equal(4.277, Last(Quantity.PvPower));
        Assert.Equal([Quantity.DcCurrent1, Quantity.DcVoltage1], Got().Where(quantity => quantity is Quantity.DcCurrent1 or Quantity.DcVoltage1).Order().Reverse());
        Assert.Contains(_bench.Log.Lines, line => line.Message.EndsWith(
            "meter M-1: SunSpec at 40000: Acme X1, version 1.02, serial number S-1; models 1, 103, 160", StringComparison.Ordinal));
        var before = _bus.Asked.Count;
        await PassAsync(10);
        Assert.Equal([(40070u, 33), (40122u, 22)], _bus.Asked.Skip(before).Select(ask => (ask.Address, (int)ask.Count)));
        Assert.Null((await _bench.StateAsync("GW-01", "M-1"))!.Fault);
    }

    [Fact]
    public async Task A_chain_that_shifts_between_two_polls_costs_no_slot_and_gives_no_wrong_value()
    {
        Start("sunspec-inverter");
        await PassAsync(5);
        // A firmware that puts a model of 50 registers before the inverter: where 103 was, there are plausible numbers.
        _bus.Image = SunSpecImage.At(40000).Common().Sparse(120, 50, (14, 9999), (15, 0), (24, 1), (25, 1)).Sparse(103, 50, Points(3000)).End();
        await PassAsync(10);
        Assert.Equal([4.277, 3.0], All(Quantity.PvPower));
        Assert.Contains("SunSpec model 103 of length 50 is no longer at register 40070", (await _bench.StateAsync("GW-01", "M-1"))!.Fault, StringComparison.Ordinal);
        await PassAsync(10);
        Assert.Equal([4.277, 3.0, 3.0], All(Quantity.PvPower));
        Assert.Equal(2, _bench.Log.Lines.Count(line => line.Message.Contains("SunSpec at 40000", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_chain_that_shifts_between_the_search_and_the_read_gives_no_wrong_value()
    {
        _bus.Answered = request =>
        {
            // The end of the chain was just read.
            if (request.Address == 40172) _bus.Image = SunSpecImage.At(40000).Common().Sparse(120, 50, (14, 9999)).Sparse(103, 50, Points(3000)).End();
        };
        Start("sunspec-inverter");
        await PassAsync(5);
        Assert.Empty(All(Quantity.PvPower));
        _bus.Answered = _ => { };
        await PassAsync(10);
        Assert.Equal([3.0], All(Quantity.PvPower));
    }

    [Fact]
    public async Task A_model_that_grows_is_looked_for_again_as_its_registers_may_have_moved()
    {
        Start("sunspec-inverter");
        await PassAsync(5);
        _bus.Image = SunSpecImage.At(40000).Common().Sparse(103, 52, Points(3000)).End();
        await PassAsync(10);
        Assert.Equal([4.277, 3.0], All(Quantity.PvPower));
    }

    [Fact]
    public async Task A_scale_factor_that_changes_between_two_polls_changes_with_its_value()
    {
        Start("sunspec-inverter");
        await PassAsync(5);
        _bus.Image[40070 + 14] = 428;
        _bus.Image[40070 + 15] = 1;
        await PassAsync(10);
        _bus.Image[40070 + 14] = 4281;
        _bus.Image[40070 + 15] = 0;
        await PassAsync(10);
        Assert.Equal([4.277, 4.28, 4.281], All(Quantity.PvPower));
        Assert.All(All(Quantity.PvEnergy), value => Assert.Equal(1234.567, value));
    }

    [Fact]
    public async Task A_scale_factor_that_is_none_is_a_missing_value_and_a_fault_in_words()
    {
        _bus.Image[40070 + 15] = 11;
        Start("sunspec-inverter");
        await PassAsync(5);
        Assert.Empty(All(Quantity.PvPower));
        Assert.Single(All(Quantity.PvEnergy));
        Assert.Equal("unit 1, pv_power: its scale factor is no power of ten from -10 to 10", (await _bench.StateAsync("GW-01", "M-1"))!.Fault);
    }

    [Fact]
    public async Task Registers_that_are_refused_all_at_once_are_looked_for_again_in_the_same_slot()
    {
        Start("sunspec-inverter");
        await PassAsync(5);
        _bus.Image = SunSpecImage.At(50000).Common().Sparse(103, 50, Points(3000)).End();
        await PassAsync(10);
        Assert.Equal([4.277, 3.0], All(Quantity.PvPower));
    }

    [Fact]
    public async Task A_model_that_is_in_the_chain_and_cannot_be_read_costs_itself_only()
    {
        _bus.Behave = request => (null, request is { Address: 40122, Count: > 2 } ? ModbusExceptionCode.IllegalDataAddress : ModbusExceptionCode.None);
        Start("sunspec-inverter");
        await PassAsync(5);
        var before = _bus.Asked.Count;
        await PassAsync(20);
        Assert.Equal(3, All(Quantity.PvPower).Count);
        Assert.Empty(All(Quantity.DcVoltage1));
        Assert.Equal(2, _bus.Asked.Count - before);
    }

    [Fact]
    public async Task A_unit_that_is_no_longer_SunSpec_is_a_fault_in_words_until_it_is_again()
    {
        Start("sunspec-inverter");
        await PassAsync(5);
        var whole = _bus.Image;
        _bus.Image = SunSpecImage.Of(["40000: 0000 0000", "40070: 0067 0033"]);
        await PassAsync(20);
        var state = await _bench.StateAsync("GW-01", "M-1");
        Assert.Equal("unit 1: no SunSpec marker (40000: 0000 0000; 50000: exception 2: the meter has no such register; "
            + "0: exception 2: the meter has no such register)", state!.Fault);
        Assert.Equal(_bench.Clock.Instant.UnixMilliseconds, state.LastSeen!.Value.UnixMilliseconds, 5_000d);
        _bus.Image = whole;
        await PassAsync(10);
        Assert.Equal([4.277, 4.277], All(Quantity.PvPower));
    }

    [Theory]
    [InlineData("40000: 1234 5678", "no SunSpec marker (40000: 1234 5678")]
    [InlineData("40000: 5375 6E53 0067 0032", "begins with model 103, not with the common model")]
    [InlineData("", "no SunSpec marker (40000: exception 2")]
    public async Task A_unit_that_cannot_be_found_at_first_contact_is_seen_and_a_fault_in_words(string registers, string words)
    {
        var whole = _bus.Image;
        _bus.Image = registers.Length > 0 ? SunSpecImage.Of([registers]) : SunSpecImage.Of(["60000: 0000"]);
        Start("sunspec-inverter");
        await PassAsync(25);
        var state = await _bench.StateAsync("GW-01", "M-1");
        Assert.StartsWith("unit 1: ", state!.Fault, StringComparison.Ordinal);
        Assert.Contains(words, state.Fault, StringComparison.Ordinal);
        Assert.NotNull(state.LastSeen);
        Assert.Empty(_bench.Sink.Readings);
        _bus.Image = whole;
        await PassAsync(10);
        Assert.Equal([4.277], All(Quantity.PvPower));
    }

    [Fact]
    public async Task A_unit_with_no_model_of_the_kind_is_a_fault_that_names_what_it_has()
    {
        Start("sunspec-meter");
        await PassAsync(15);
        Assert.Contains("it has no model that sunspec-meter reads", (await _bench.StateAsync("GW-01", "M-1"))!.Fault, StringComparison.Ordinal);
        Assert.Contains("models 1, 103, 160", (await _bench.StateAsync("GW-01", "M-1"))!.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_unit_that_is_silent_at_first_contact_is_told_and_not_seen()
    {
        _bus.Behave = _ => (LinkFault.TimedOut, ModbusExceptionCode.None);
        Start("sunspec-inverter");
        await PassAsync(15);
        var state = (await _bench.StateAsync("GW-01", "M-1"))!;
        Assert.Contains("TimedOut", state.Fault, StringComparison.Ordinal);
        Assert.Null(state.LastSeen);
    }

    [Fact]
    public async Task After_death_it_is_found_anew_for_another_one_may_answer()
    {
        Start("sunspec-inverter");
        await PassAsync(5);
        _bus.Behave = _ => (LinkFault.TimedOut, ModbusExceptionCode.None);
        await PassAsync(180);
        Assert.Contains(_bench.Log.Lines, line => line.Message.Contains("M-1 is silent", StringComparison.Ordinal));
        _bus.Image = Chain(5000);
        _bus.Behave = _ => (null, ModbusExceptionCode.None);
        var before = _bus.Asked.Count;
        await PassAsync(400);
        Assert.Equal(40000u, _bus.Asked[before].Address);
        Assert.Equal(5.0, Last(Quantity.PvPower));
        Assert.Equal(4.277, All(Quantity.PvPower)[0]);
    }

    [Fact]
    public async Task A_meter_and_an_inverter_on_one_unit_are_two_meters()
    {
        _bus.Image = SunSpecReadTests.Dump();
        Start("sunspec-inverter", "sunspec-meter");
        await PassAsync(5);
        Assert.Equal(4.277, Last(Quantity.PvPower, 1));
        Assert.Equal(-0.058, Last(Quantity.Power, 2));
        Assert.DoesNotContain(_bench.Sink.Readings, reading => reading.Series.Quantity == Quantity.Power && reading.Series.Meter.Value == 1);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
        _bench.Log.AssertNoErrors();
    }

    public void Dispose() => _stop.Dispose();

    static (int, ushort)[] Points(ushort power) =>
        [(3, 1041), (6, 0xFFFE), (14, power), (15, 0), (16, 4997), (17, 0xFFFE), (24, 0x0012), (25, 0xD687), (26, 0)];

    static SunSpecImage Chain(ushort power) => SunSpecImage.At(40000).Common().Sparse(103, 50, Points(power))
        .Sparse(160, 48, (2, 0xFFFE), (3, 0xFFFF), (8, 1), (19, 666), (20, 6443), (21, 0xFFFF)).End();

    void Start(params string[] models)
    {
        var outbox = new PollOutbox(_bench.Sink, _bench.Context);
        var targets = models.Select((model, index) =>
            new MeterTarget(new(index + 1), $"M-{index + 1}", "GW-01", 1, Maps.Find(model)!, TimeSpan.FromSeconds(10))).ToList();
        var loop = new EndpointLoop(new EndpointTarget(new("sunspec", 502, ModbusFraming.Tcp), targets), _bus, outbox, _bench.Context);
        _running = Task.WhenAll(Task.Run(() => loop.RunAsync(_stop.Token)), Task.Run(() => outbox.RunAsync(_stop.Token)));
    }

    Task PassAsync(int seconds) => _bench.PassAsync(TimeSpan.FromSeconds(seconds), waiting: 1);

    IEnumerable<Quantity> Got() => _bench.Sink.Readings.Select(reading => reading.Series.Quantity).Distinct();

    List<double> All(Quantity quantity, int meter = 1) =>
        [.. _bench.Sink.Readings.Where(reading => reading.Series.Quantity == quantity && reading.Series.Meter.Value == meter).Select(reading => reading.Value)];

    double Last(Quantity quantity, int meter = 1) => All(quantity, meter)[^1];
}
