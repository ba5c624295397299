using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>Registers that a model's meters must hold, and how their connection is kept.</summary>
public sealed class MeterSetupTests : LoopBench
{
    static readonly RegisterMap Set = Model("volume:0:uint16") with
    {
        Setup = [new SetupWrite(MeterFunction.HoldingRegisters, MeterFunction.WriteRegister, 50, [7])],
    };

    [Fact]
    public async Task A_register_that_holds_something_else_is_written_once_and_read_back()
    {
        Start(Target(1, Set));
        await PassAsync(TimeSpan.FromSeconds(35));
        Assert.Equal(
            [MeterFunction.HoldingRegisters, MeterFunction.WriteRegister, MeterFunction.HoldingRegisters],
            Bus.Asked.Where(ask => ask.Request.Address == 50).Select(ask => ask.Request.Function));
        Assert.Equal(7, Bus.Held[(1, 50)]);
        Assert.Equal(4, Bench.Sink.Readings.Count);
        Assert.Contains(Bench.Log.Lines, line => line.Message.Contains("set-up of holding register 50 written", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_register_that_holds_the_value_is_not_written()
    {
        Bus.Held[(1, 50)] = 7;
        Start(Target(1, Set));
        await PassAsync(TimeSpan.FromSeconds(35));
        Assert.DoesNotContain(Bus.Asked, ask => ask.Request.Function == MeterFunction.WriteRegister);
    }

    [Fact]
    public async Task Of_a_meter_that_refuses_its_set_up_nothing_is_stored_until_it_holds_it_and_it_is_not_written_to_again()
    {
        Bus.Behave = request => (null, request.Function == MeterFunction.WriteRegister ? ModbusExceptionCode.IllegalFunction : 0);
        Start(Target(1, Set));
        await PassAsync(TimeSpan.FromSeconds(125));
        Assert.Single(Bus.Asked, ask => ask.Request.Function == MeterFunction.WriteRegister);
        Assert.Empty(Bench.Sink.Readings);
        Assert.DoesNotContain(Bus.Asked, ask => ask.Request.Address == 0);
        var state = (await Bench.StateAsync("GW-01", "M-1"))!;
        Assert.Contains("set-up of holding register 50: exception 1", state.Fault, StringComparison.Ordinal);
        Assert.InRange((Bench.Clock.Instant - state.LastSeen!.Value).TotalSeconds, 0, 10);
        Assert.Single(Bench.Log.Lines, line => line.Message.Contains("does not hold its set-up", StringComparison.Ordinal));

        Bus.Held[(1, 50)] = 7; // at the meter, by hand
        await PassAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(2, Bench.Sink.Readings.Count);
    }

    [Fact]
    public async Task Of_a_meter_that_takes_its_set_up_and_does_not_hold_it_nothing_is_stored()
    {
        Bus.Keeps = false;
        Start(Target(1, Set));
        await PassAsync(TimeSpan.FromSeconds(25));
        Assert.Single(Bus.Asked, ask => ask.Request.Function == MeterFunction.WriteRegister);
        Assert.Empty(Bench.Sink.Readings);
        Assert.Contains("does not hold them", (await Bench.StateAsync("GW-01", "M-1"))!.Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MeterFunction.HoldingRegisters, ModbusExceptionCode.Acknowledge)]
    [InlineData(MeterFunction.HoldingRegisters, ModbusExceptionCode.ServerDeviceBusy)]
    [InlineData(MeterFunction.WriteRegister, ModbusExceptionCode.ServerDeviceBusy)]
    public async Task A_meter_too_busy_for_its_set_up_is_asked_again_until_it_holds_it(MeterFunction function, ModbusExceptionCode code)
    {
        var busy = 6;
        Bus.Behave = request => request.Address == 50 && request.Function == function && busy-- > 0 ? (null, code) : (null, 0);
        Start(Target(1, Set));
        await PassAsync(TimeSpan.FromSeconds(5));
        Assert.Empty(Bench.Sink.Readings);
        Assert.DoesNotContain(Bench.Log.Lines, line => line.Message.Contains("does not hold its set-up", StringComparison.Ordinal));
        await PassAsync(TimeSpan.FromSeconds(50));
        Assert.Equal(7, Bus.Held[(1, 50)]);
        Assert.InRange(Bench.Sink.Readings.Count, 3, 5);
    }

    [Fact]
    public async Task A_meter_that_acknowledges_its_set_up_is_written_to_once_and_read_once_it_holds_it()
    {
        Bus.Behave = request => request.Function == MeterFunction.WriteRegister ? (null, ModbusExceptionCode.Acknowledge) : (null, 0);
        Start(Target(1, Set));
        await PassAsync(TimeSpan.FromSeconds(15));
        Bus.Held[(1, 50)] = 7; // it took its time
        await PassAsync(TimeSpan.FromSeconds(20));
        Assert.Single(Bus.Asked, ask => ask.Request.Function == MeterFunction.WriteRegister);
        Assert.Equal(2, Bench.Sink.Readings.Count);
    }

    [Theory]
    [InlineData(LinkFault.TimedOut)]
    [InlineData(LinkFault.Closed)]
    [InlineData(LinkFault.Unreachable)]
    public async Task A_meter_that_lost_its_set_up_in_a_short_silence_is_set_up_before_it_is_read_on(LinkFault fault)
    {
        var silent = false;
        Bus.Behave = _ => silent ? (fault, 0) : (null, 0);
        Start(Target(1, Set));
        await PassAsync(TimeSpan.FromSeconds(15));
        silent = true;
        Bus.Held.Remove((1, 50));
        await PassAsync(TimeSpan.FromSeconds(8));
        silent = false;
        var before = Bus.Asked.Count;
        await PassAsync(TimeSpan.FromSeconds(20));
        Assert.Equal([50u, 50u, 50u, 0u], Bus.Asked.Skip(before).Take(4).Select(ask => ask.Request.Address));
        Assert.DoesNotContain(Bench.Log.Lines, line => line.Message.Contains("is silent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_meter_back_from_the_dead_is_set_up_before_it_is_read()
    {
        var dead = false;
        Bus.Behave = _ => dead ? (LinkFault.TimedOut, 0) : (null, 0);
        Start(Target(1, Set));
        await PassAsync(TimeSpan.FromSeconds(15));
        dead = true;
        Bus.Held.Remove((1, 50));
        await PassAsync(TimeSpan.FromMinutes(5));
        dead = false;
        var before = Bus.Asked.Count;
        await PassAsync(TimeSpan.FromMinutes(6));
        Assert.Equal([50u, 50u, 50u, 0u], Bus.Asked.Skip(before).Take(4).Select(ask => ask.Request.Address));
        Assert.Equal(7, Bus.Held[(1, 50)]);
    }

    [Fact]
    public async Task A_connection_is_given_up_after_a_poll_where_the_model_says_so()
    {
        Start(Target(1, Model("volume:0:uint16") with { CloseAfterPoll = true }), Target(2, Model("volume:0:uint16")));
        await PassAsync(TimeSpan.FromSeconds(35));
        Assert.Equal(4, Bus.Released);
    }

    [Fact]
    public async Task A_connection_is_kept_while_the_next_poll_is_near_and_where_no_model_says_otherwise()
    {
        Start(
            Target(1, Model("volume:0:uint16") with { CloseAfterPoll = true }, TimeSpan.FromSeconds(2)));
        await PassAsync(TimeSpan.FromSeconds(35));
        Assert.Equal(0, Bus.Released);
    }

    [Fact]
    public async Task Meters_of_two_models_on_one_bus_are_asked_each_with_its_own_gap()
    {
        static RegisterMap Gap(int ms) => Model("volume:0:uint16") with { Timing = ModbusTiming.Default with { Gap = TimeSpan.FromMilliseconds(ms) } };
        Start(Target(1, Gap(5)), Target(2, Gap(120)));
        await PassAsync(TimeSpan.FromSeconds(12));
        Assert.Equal((5, 120), (Bus.Gaps[1].TotalMilliseconds, Bus.Gaps[2].TotalMilliseconds));
    }

    [Fact]
    public async Task Two_meters_at_one_address_are_read_each_by_its_own_model()
    {
        Start(Target(1, Model("volume:0:uint16")), Target(2, Model("flow:40:uint16")) with { Address = 1 });
        await PassAsync(TimeSpan.FromSeconds(25));
        Assert.Equal(3, Bench.Sink.Readings.Count(reading => reading is { Series.Meter.Value: 1, Value: 256 }));
        Assert.Equal(3, Bench.Sink.Readings.Count(reading => reading is { Series.Meter.Value: 2, Value: 296 }));
    }

    [Fact]
    public async Task Blocks_are_asked_together_where_the_model_bears_it_and_one_that_is_lost_again_by_itself()
    {
        var lose = 0;
        Bus.Behave = request => request.Address == 100 && lose-- > 0 ? (LinkFault.TimedOut, 0) : (null, 0);
        var model = Model("volume:0:uint16 flow:100:uint16 power:200:uint16") with { Timing = ModbusTiming.Default with { MaxInFlight = 4 } };
        Start(Target(1, model));
        await PassAsync(TimeSpan.FromSeconds(15));
        Assert.Equal(1, Bus.AskedTogether); // not before the meter is known to answer
        Assert.Equal(6, Bench.Sink.Readings.Count);
        lose = 1;
        await PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(2, Bus.AskedTogether);
        Assert.Equal(9, Bench.Sink.Readings.Count);
        Assert.Equal(9, Bench.Sink.Readings.Select(reading => (reading.Series, reading.At)).Distinct().Count());
    }

    [Fact]
    public async Task A_quarter_of_a_thousand_meters_behind_one_endpoint_are_each_read_in_every_slot()
    {
        Start([.. Enumerable.Range(1, 250).Select(unit => Target(unit, Model("volume:0:uint16")))]);
        await PassAsync(TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds(6));
        Assert.All(Enumerable.Range(1, 250), unit => Assert.Equal(7, Bus.AskedOf((byte)unit).Count));
    }
}
