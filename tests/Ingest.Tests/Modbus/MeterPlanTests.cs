using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>What a meter is asked for when, and what becomes of what it refuses.</summary>
public sealed class MeterPlanTests : LoopBench
{
    static readonly RegisterMap Three = Model("volume:0:uint16 flow:100:uint16 power:200:uint16");

    [Fact]
    public async Task Points_with_a_longer_period_are_asked_for_in_slots_of_their_own_and_the_others_without_them()
    {
        Start(Target(1, With(Three, 0, point => point with { Period = TimeSpan.FromSeconds(30) })));
        await PassAsync(TimeSpan.FromSeconds(65));
        Assert.Equal(["45:00", "45:30", "46:00"], Times(0));
        Assert.Equal(7, Times(100).Count);
        Assert.Equal(7, Times(200).Count);
    }

    [Fact]
    public async Task A_period_that_is_no_multiple_has_its_own_slots_on_the_clock()
    {
        Start(Target(1, With(Three, 0, point => point with { Period = TimeSpan.FromSeconds(25) })));
        await PassAsync(TimeSpan.FromSeconds(90));
        // Multiples of 25 s since 1970, the first after the start at 45:00.
        Assert.Equal(["45:00", "45:25", "45:50", "46:15"], Times(0));
        Assert.Equal(["45:00", "45:10", "45:20", "45:30", "45:40", "45:50", "46:00", "46:10", "46:20", "46:30"], Times(100));
    }

    [Fact]
    public async Task A_period_of_the_model_makes_no_point_more_frequent_than_its_meter()
    {
        Start(Target(1, With(Three, 0, point => point with { Period = TimeSpan.FromSeconds(1) })));
        await PassAsync(TimeSpan.FromSeconds(35));
        Assert.Equal(4, Times(0).Count);
    }

    [Fact]
    public async Task What_was_refused_is_asked_for_again_ever_more_seldom_and_once_a_day_at_last()
    {
        var wrong = true;
        Bus.Behave = request => wrong && request.Address == 100 ? (null, ModbusExceptionCode.IllegalDataAddress) : (null, 0);
        Start(Target(1, Three, TimeSpan.FromMinutes(1)));
        await PassAsync(TimeSpan.FromHours(24));
        Assert.InRange(Times(100).Count, 9, 10); // after 5, 10, 20 … 640 minutes
        await PassAsync(TimeSpan.FromHours(72));
        Assert.InRange(Times(100).Count, 11, 13);
        Assert.InRange(Times(0).Count, 96 * 60 - 1, 96 * 60 + 2);
        Assert.Single(Bench.Log.Lines, line => line.Message.Contains("does not have flow", StringComparison.Ordinal));
        wrong = false;
        await PassAsync(TimeSpan.FromHours(25));
        Assert.True(Times(100).Count > 50);
    }

    [Fact]
    public async Task A_register_refused_for_a_moment_is_back_within_minutes()
    {
        var refusals = 3;
        Bus.Behave = request => request.Address == 100 && refusals-- > 0 ? (null, ModbusExceptionCode.IllegalDataValue) : (null, 0);
        Start(Target(1, Three));
        await PassAsync(TimeSpan.FromMinutes(36)); // refused at 0, 5 and 15 minutes
        Assert.InRange(Bench.Sink.Readings.Count(reading => reading.Series.Quantity == Quantity.Flow), 4, 8);
        Assert.InRange(Times(0).Count, 216, 217);
    }

    [Fact]
    public async Task What_was_refused_is_asked_for_again_of_a_meter_that_comes_back_from_the_dead()
    {
        var (wrong, dead) = (true, false);
        Bus.Behave = request => dead ? (LinkFault.TimedOut, 0)
            : wrong && request.Address == 100 ? (null, ModbusExceptionCode.IllegalDataAddress) : (null, 0);
        Start(Target(1, Three));
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Single(Times(100));
        dead = true;
        await PassAsync(TimeSpan.FromMinutes(3));
        (dead, wrong) = (false, false);
        await PassAsync(TimeSpan.FromMinutes(6));
        Assert.InRange(Times(100).Count, 5, 40);
        Assert.Contains(Bench.Sink.Readings, reading => reading.Series.Quantity == Quantity.Flow);
    }

    [Fact]
    public async Task A_meter_that_once_refused_everything_is_read_again_though_it_lacks_the_first_point()
    {
        var boots = true;
        Bus.Behave = request => boots || request.Address == 0 ? (null, ModbusExceptionCode.IllegalDataAddress) : (null, 0);
        Start(Target(1, Three));
        await PassAsync(TimeSpan.FromSeconds(45));
        Assert.Empty(Bench.Sink.Readings);
        boots = false;
        await PassAsync(TimeSpan.FromSeconds(40));
        Assert.InRange(Bench.Sink.Readings.Count(reading => reading.Series.Quantity == Quantity.Flow), 2, 4);
        Assert.InRange(Bench.Sink.Readings.Count(reading => reading.Series.Quantity == Quantity.Power), 2, 4);
    }

    [Fact]
    public async Task Due_points_that_are_all_missing_are_asked_for_one_by_one_and_nothing_learnt_is_forgotten()
    {
        Bus.Behave = request => request.Address == 100 ? (null, ModbusExceptionCode.IllegalDataAddress) : (null, 0);
        Start(Target(1, With(Three, 1, point => point with { Period = TimeSpan.FromSeconds(25) })));
        await PassAsync(TimeSpan.FromSeconds(125));
        // Alone at 45:25, 46:15 and 47:05; with the others, which are asked in its place, at the other slots.
        Assert.Equal(["45:00", "45:25", "46:15", "47:05"], Times(100));
        Assert.Equal(Enumerable.Range(0, 13).Select(i => $"{45 + i / 6}:{i % 6}0"), Times(0));
        Assert.Single(Bench.Log.Lines, line => line.Message.Contains("does not have flow", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_another_meter_at_the_same_place_does_not_have_is_told_too()
    {
        var dead = false;
        Bus.Behave = request => dead ? (LinkFault.TimedOut, 0)
            : request.Address == 100 ? (null, ModbusExceptionCode.IllegalDataAddress) : (null, 0);
        Start(Target(1, Three));
        await PassAsync(TimeSpan.FromMinutes(1));
        dead = true;
        await PassAsync(TimeSpan.FromMinutes(3));
        dead = false;
        await PassAsync(TimeSpan.FromMinutes(4));
        Assert.Equal(2, Bench.Log.Lines.Count(line => line.Message.Contains("does not have flow", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_connection_refused_between_two_reads_says_nothing_of_what_the_meter_has()
    {
        var refused = 0;
        Bus.Behave = request => request.Address == 100 && refused++ < 15 ? (LinkFault.Unreachable, 0) : (null, 0);
        Start(Target(1, Model("volume:0:uint16 flow:100:uint16 power:101:uint16")));
        await PassAsync(TimeSpan.FromMinutes(25));
        Assert.True(refused > 15);
        Assert.All(Bus.Asked.Where(ask => ask.Request.Address >= 100), ask => Assert.Equal((100u, 2), (ask.Request.Address, ask.Request.Count)));
        Assert.DoesNotContain(Bench.Log.Lines, line => line.Message.Contains("does not have", StringComparison.Ordinal));
        Assert.Contains(Bench.Sink.Readings, reading => reading.Series.Quantity == Quantity.Flow);
    }

    [Fact]
    public async Task An_optional_point_that_is_refused_is_no_fault()
    {
        Bus.Behave = request => request.Address == 100 ? (null, ModbusExceptionCode.IllegalDataAddress) : (null, 0);
        Start(Target(1, With(Three, 1, point => point with { Optional = true })));
        await PassAsync(TimeSpan.FromSeconds(35));
        Assert.Single(Times(100));
        Assert.Null((await Bench.StateAsync("GW-01", "M-1"))!.Fault);
        Assert.DoesNotContain(Bench.Log.Lines, line => line.Message.Contains("does not have", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_read_that_is_too_long_for_the_meter_is_halved_and_all_of_it_read()
    {
        Bus.Behave = request => request.Count > 4 ? (null, ModbusExceptionCode.IllegalDataValue) : (null, 0);
        Start(Target(1, Model("volume:0:uint16 flow:2:uint16 power:4:uint16 frequency:6:uint16")));
        await PassAsync(TimeSpan.FromSeconds(12));
        Assert.Equal(8, Bench.Sink.Readings.Count);
        Assert.Null((await Bench.StateAsync("GW-01", "M-1"))!.Fault);
        Assert.Equal([(0u, 3), (4u, 3)], Bus.Asked.TakeLast(2).Select(ask => (ask.Request.Address, (int)ask.Request.Count)));
    }

    [Fact]
    public async Task A_point_that_is_never_answered_while_others_are_is_given_up_after_a_dozen_polls()
    {
        Bus.Behave = request => request.Address == 100 ? (LinkFault.TimedOut, 0) : (null, 0);
        Start(Target(1, Three));
        await PassAsync(TimeSpan.FromSeconds(245));
        Assert.InRange(Times(100).Count, 12, 24);
        Assert.All((int[])[0, 200], address => Assert.Equal(25, Times((uint)address).Count));
        Assert.Contains(Bench.Log.Lines, line => line.Message.Contains("does not have flow", StringComparison.Ordinal));
        Assert.DoesNotContain(Bench.Log.Lines, line => line.Message.Contains("is silent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_silent_meter_is_probed_with_one_question_and_read_whole_once_it_answers()
    {
        var dead = true;
        Bus.Behave = _ => dead ? (LinkFault.TimedOut, 0) : (null, 0);
        Start(Target(1, Three));
        await PassAsync(TimeSpan.FromMinutes(10));
        Assert.All(Bus.Asked, ask => Assert.Equal(0u, ask.Request.Address));
        dead = false;
        await PassAsync(TimeSpan.FromSeconds(305));
        Assert.Equal(Times(0).TakeLast(3), Times(200).TakeLast(3));
    }

    [Fact]
    public async Task A_busy_meter_is_asked_again_after_a_pause_and_its_value_is_of_that_moment()
    {
        var busy = 2;
        Bus.Behave = request => request.Address == 100 && busy-- > 0 ? (null, ModbusExceptionCode.ServerDeviceBusy) : (null, 0);
        Start(Target(1, Three));
        await PassAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(3, Bench.Sink.Readings.Count);
        Assert.Equal(["45:00.020", "45:00.290", "45:00.560"], Bus.Asked.Where(ask => ask.Request.Address == 100).Select(ask => ask.At.ToString()[14..23]));
        Assert.Equal(Some.At("2026-03-17T06:45:00.560Z"), Bench.Sink.Readings.Single(reading => reading.Series.Quantity == Quantity.Flow).At);
        Assert.Null((await Bench.StateAsync("GW-01", "M-1"))!.Fault);
    }

    [Fact]
    public async Task A_meter_that_is_always_busy_takes_a_bounded_time_of_its_bus()
    {
        Bus.Behave = request => request.Unit == 1 ? (null, ModbusExceptionCode.Acknowledge) : (null, 0);
        Start(Target(1, Three), Target(2, Three));
        await PassAsync(TimeSpan.FromSeconds(35));
        Assert.Equal(4 * (3 + 3), Bus.AskedOf(1).Count);
        Assert.Equal(4 * 3, Bus.AskedOf(2).Count);
        Assert.Contains("exception 5", (await Bench.StateAsync("GW-01", "M-1"))!.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_value_bears_the_instant_of_its_own_request_also_around_a_fault()
    {
        Bus.AnswerTime = TimeSpan.FromMilliseconds(800);
        Bus.Behave = request => request.Address == 100 ? (null, ModbusExceptionCode.ServerDeviceFailure) : (null, 0);
        Start(Target(1, Three));
        await PassAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(
            [(Quantity.Volume, Some.At("2026-03-17T06:45:00Z")), (Quantity.Power, Some.At("2026-03-17T06:45:01.6Z"))],
            Bench.Sink.Readings.Select(reading => (reading.Series.Quantity, reading.At)));
    }

    IReadOnlyList<string> Times(uint address) =>
        [.. Bus.Asked.Where(ask => ask.Request.Address == address).Select(ask => ask.At.ToString()[14..19])];

    static RegisterMap With(RegisterMap map, int index, Func<RegisterPoint, RegisterPoint> change) =>
        map with { Points = [.. map.Points.Select((point, i) => i == index ? change(point) : point)] };
}
