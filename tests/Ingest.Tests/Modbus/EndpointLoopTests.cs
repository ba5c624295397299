using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class EndpointLoopTests : LoopBench
{
    [Fact]
    public async Task A_meter_is_asked_at_its_slots_and_its_readings_bear_the_instant_of_the_request()
    {
        Start([Target(1, Model("volume:0:uint16 flow:40:uint16"))]);
        await PassAsync(TimeSpan.FromSeconds(35));
        var asked = Bus.Asked.Skip(2).ToList();
        Assert.Equal(["06:45:10.000", "06:45:10.020", "06:45:20.000", "06:45:20.020", "06:45:30.000", "06:45:30.020"],
            asked.Select(ask => ask.At.ToString()[11..23]));
        var readings = Bench.Sink.Readings;
        Assert.Equal(Bus.Asked.Select(ask => ask.At), readings.Select(reading => reading.At));
        Assert.All(readings, reading => Assert.Equal(256 + (reading.Series.Quantity == Quantity.Volume ? 0 : 40), reading.Value));
        Assert.All(Bench.Sink.Batches, batch => Assert.Equal(("modbus:GW-01", 2), (batch.Source, batch.Indexes.Count)));
        Assert.Equal(asked[^1].At, (await Bench.StateAsync("GW-01", "M-1"))!.LastSeen);
        Assert.Equal(asked[^1].At, (await Bench.StateAsync("GW-01", null))!.LastSeen);
    }

    [Fact]
    public async Task One_dead_unit_of_32_costs_the_others_no_slot_and_is_itself_asked_ever_more_seldom()
    {
        Bus.Behave = request => request.Unit == 7 ? (LinkFault.TimedOut, 0) : (null, 0);
        Start([.. Enumerable.Range(1, 32).Select(unit => Target(unit, Model("volume:0:uint16")))]);
        await PassAsync(TimeSpan.FromMinutes(20));
        Assert.All(Enumerable.Range(1, 32).Where(unit => unit != 7), unit =>
        {
            var at = Bus.AskedOf((byte)unit);
            Assert.InRange(at.Count, 120, 122);
            Assert.All(at.Zip(at.Skip(1)).Skip(1), pair => Assert.InRange((pair.Second - pair.First).TotalSeconds, 8, 12));
        });
        Assert.InRange(Bus.AskedOf(7).Count, 8, 16);
        Assert.Contains(Bench.Log.Lines, line => line.Message.Contains("meter M-7 is silent", StringComparison.Ordinal));
        Assert.Contains("TimedOut", (await Bench.StateAsync("GW-01", "M-7"))!.Fault, StringComparison.Ordinal);
        Assert.DoesNotContain(Bench.Sink.Readings, reading => reading.Series.Meter.Value == 7);
    }

    [Fact]
    public async Task A_bus_with_31_dead_units_still_reads_the_living_one_in_every_slot()
    {
        Bus.Behave = request => request.Unit == 9 ? (null, 0) : (LinkFault.TimedOut, 0);
        Start([.. Enumerable.Range(1, 32).Select(unit => Target(unit, Model("volume:0:uint16")))]);
        await PassAsync(TimeSpan.FromMinutes(2));
        var from = Bench.Clock.Instant;
        await PassAsync(TimeSpan.FromMinutes(10));
        var asked = Bus.Asked.Where(ask => ask.At >= from).ToList();
        Assert.InRange(asked.Count(ask => ask.Request.Unit == 9), 59, 61);
        Assert.InRange(asked.Count(ask => ask.Request.Unit != 9), 30, 155); // a quarter of the time, one second each
    }

    [Fact]
    public async Task The_quiet_that_a_dead_unit_leaves_behind_is_part_of_its_share()
    {
        Bus.Behave = request => request.Unit == 9 ? (null, 0) : (LinkFault.TimedOut, 0);
        Bus.Owed = TimeSpan.FromSeconds(1);
        Start([.. Enumerable.Range(1, 32).Select(unit => Target(unit, Model("volume:0:uint16")))]);
        await PassAsync(TimeSpan.FromMinutes(2));
        var from = Bench.Clock.Instant;
        await PassAsync(TimeSpan.FromMinutes(10));
        // A quarter of 600 s, two seconds each; some wait so long that they are asked all the same.
        Assert.InRange(Bus.Asked.Count(ask => ask.At >= from && ask.Request.Unit != 9), 30, 80);
    }

    [Fact]
    public async Task A_dead_meter_that_answers_again_is_back_in_its_slots()
    {
        var dead = true;
        Bus.Behave = _ => dead ? (LinkFault.TimedOut, 0) : (null, 0);
        Start([Target(1, Model("volume:0:uint16"))]);
        await PassAsync(TimeSpan.FromMinutes(3));
        dead = false;
        await PassAsync(TimeSpan.FromMinutes(6));
        var from = Bench.Clock.Instant;
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(6, Bus.Asked.Count(ask => ask.At > from));
        Assert.Contains(Bench.Log.Lines, line => line.Message.Contains("M-1 answers again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_quarter_hour_meter_is_asked_again_soon_after_one_lost_answer()
    {
        var left = 2; // the question and its repetition
        Bus.Behave = _ => Bench.Clock.Instant > Some.At("2026-03-17T06:59:00Z") && left-- > 0 ? (LinkFault.TimedOut, 0) : (null, 0);
        Start([Target(1, Model("volume:0:uint16"), TimeSpan.FromMinutes(15))]);
        await PassAsync(TimeSpan.FromMinutes(17));
        Assert.Equal(["06:45:00", "07:00:00", "07:00:01", "07:00:04"], Bus.AskedOf(1).Select(at => at.ToString()[11..19]));
        Assert.Equal(2, Bench.Sink.Batches.Count);
    }

    [Fact]
    public async Task A_refused_register_is_found_remembered_and_told_and_the_others_are_read()
    {
        Bus.Behave = request => request.Address <= 4 && request.Address + request.Count > 4 ? (null, ModbusExceptionCode.IllegalDataAddress) : (null, 0);
        Start([Target(1, Model("volume:0:uint16 flow:4:uint16 power:8:uint16"))]);
        await PassAsync(TimeSpan.FromSeconds(5));
        Assert.Equal([Quantity.Volume, Quantity.Power], Bench.Sink.Readings.Select(reading => reading.Series.Quantity).OrderByDescending(quantity => quantity));
        Assert.Contains("exception 2", (await Bench.StateAsync("GW-01", "M-1"))!.Fault, StringComparison.Ordinal);
        Assert.Contains(Bench.Log.Lines, line => line.Message.Contains("does not have flow", StringComparison.Ordinal));
        var before = Bus.Asked.Count;
        await PassAsync(Period);
        Assert.Equal([(0, 1), (8, 1)], Bus.Asked.Skip(before).Select(ask => ((int)ask.Request.Address, (int)ask.Request.Count)));
    }

    [Fact]
    public async Task A_meter_that_has_none_of_its_models_points_stays_in_sight_with_one_question_a_slot()
    {
        var wrong = true;
        Bus.Behave = _ => wrong ? (null, ModbusExceptionCode.IllegalDataAddress) : (null, 0);
        Start([Target(1, Model("volume:0:uint16 flow:4:uint16 power:8:uint16"))]);
        await PassAsync(TimeSpan.FromSeconds(5));
        var before = Bus.Asked.Count;
        await PassAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(3, Bus.Asked.Count - before);
        Assert.Contains("exception 2", (await Bench.StateAsync("GW-01", "M-1"))!.Fault, StringComparison.Ordinal);
        wrong = false;
        await PassAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(3, Bench.Sink.Readings.Select(reading => reading.Series.Quantity).Distinct().Count());
    }

    [Fact]
    public async Task What_cannot_be_is_counted_and_told_as_the_meters_fault_and_never_stored()
    {
        var counted = 0L;
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, me) =>
        {
            if (instrument.Name == "energywatch_modbus_impossible_values_total") me.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            if (tags[0].Value is "impossible") Interlocked.Add(ref counted, value);
        });
        listener.Start();
        var model = Model("volume:0:uint16 flow:40:uint16") with { Id = "impossible" };
        Start([Target(1, model with { Points = [model.Points[0], model.Points[1] with { Plausible = new(0, 100) }] })]);
        await PassAsync(TimeSpan.FromSeconds(35));
        Assert.All(Bench.Sink.Readings, reading => Assert.Equal(Quantity.Volume, reading.Series.Quantity));
        Assert.Equal(Bench.Sink.Readings.Count, counted);
        Assert.Contains("flow: 296 m3/h cannot be", (await Bench.StateAsync("GW-01", "M-1"))!.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_read_before_and_after_a_silence_is_kept()
    {
        Bus.Behave = request => request.Address == 100 ? (LinkFault.TimedOut, 0) : (null, 0);
        Start([Target(1, Model("volume:0:uint16 flow:100:uint16 power:200:uint16"))]);
        await PassAsync(TimeSpan.FromSeconds(1.5));
        Assert.Equal([(Quantity.Volume, 256d), (Quantity.Power, 456d)], Bench.Sink.Readings.Select(reading => (reading.Series.Quantity, reading.Value)));
        Assert.NotNull((await Bench.StateAsync("GW-01", "M-1"))!.LastSeen);
        Assert.Contains("TimedOut", (await Bench.StateAsync("GW-01", "M-1"))!.Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ModbusExceptionCode.IllegalFunction)]
    [InlineData(ModbusExceptionCode.ServerDeviceFailure)]
    [InlineData((ModbusExceptionCode)77)]
    public async Task An_exception_costs_its_block_only_and_keeps_the_period(ModbusExceptionCode code)
    {
        Bus.Behave = request => request.Address == 0 ? (null, code) : (null, 0);
        Start([Target(1, Model("volume:0:uint16 flow:100:uint16"))]);
        await PassAsync(TimeSpan.FromSeconds(25));
        Assert.Equal(3, Bench.Sink.Readings.Count(reading => reading.Series.Quantity == Quantity.Flow));
        Assert.Equal(6, Bus.Asked.Count);
        Assert.Contains($"exception {(int)code}", (await Bench.StateAsync("GW-01", "M-1"))!.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_says_its_meter_is_silent_is_seen_and_the_meter_is_left_alone()
    {
        Bus.Behave = _ => (null, ModbusExceptionCode.GatewayTargetFailedToRespond);
        Start([Target(1, Model("volume:0:uint16 flow:100:uint16"))]);
        await PassAsync(TimeSpan.FromMinutes(10));
        Assert.InRange(Bus.Asked.Count, 5, 13);
        Assert.Null((await Bench.StateAsync("GW-01", "M-1"))!.LastSeen);
        Assert.NotNull((await Bench.StateAsync("GW-01", null))!.LastSeen);
    }

    [Fact]
    public async Task An_endpoint_that_cannot_be_reached_is_tried_ever_more_seldom_and_no_meter_is_blamed()
    {
        var down = true;
        Bus.Behave = _ => down ? (LinkFault.Unreachable, 0) : (null, 0);
        Start([.. Enumerable.Range(1, 5).Select(unit => Target(unit, Model("volume:0:uint16")))]);
        await PassAsync(TimeSpan.FromMinutes(10));
        Assert.InRange(Bus.Asked.Count, 12, 15); // once a minute at last
        var faults = new List<string?>();
        for (var unit = 1; unit <= 5; unit++) faults.Add((await Bench.StateAsync("GW-01", $"M-{unit}"))!.Fault);
        Assert.All(Enumerable.Range(1, 5), unit => Assert.Equal(
            "bus cannot be reached: nobody is there", faults[unit - 1]));
        Assert.NotNull((await Bench.StateAsync("GW-01", null))!.Fault);
        down = false;
        await PassAsync(TimeSpan.FromMinutes(5.2));
        var from = Bench.Clock.Instant;
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(30, Bus.Asked.Count(ask => ask.At > from));
    }

    [Fact]
    public async Task Slots_that_a_slow_bus_missed_are_skipped_and_not_made_up_for()
    {
        Bus.AnswerTime = TimeSpan.FromSeconds(25);
        Start([Target(1, Model("volume:0:uint16"))]);
        await PassAsync(TimeSpan.FromSeconds(30));
        Bus.AnswerTime = TimeSpan.FromMilliseconds(20);
        await PassAsync(TimeSpan.FromSeconds(65));
        var seconds = Bus.AskedOf(1).Skip(1).Select(at => at.ToString()[14..19]).ToList();
        Assert.Equal(["45:30", "46:00", "46:10", "46:20", "46:30"], seconds);
    }

    [Fact]
    public async Task Polling_waits_while_there_is_no_room_and_does_not_make_up_for_it()
    {
        var room = new TaskCompletionSource();
        Bench.Sink.Room = room.Task;
        Start([Target(1, Model("volume:0:uint16"))]);
        await Bench.SettleAsync(waiting: 1);
        Bench.Clock.Advance(Bus.AnswerTime);
        await Bench.Sink.Asked.Task;
        Bench.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(Bus.Asked);
        room.SetResult();
        await PassAsync(TimeSpan.FromSeconds(20));
        // Once late, then in its slots: the five that passed meanwhile are not made up for.
        Assert.Equal(["45:00", "46:00", "46:10", "46:20"], Bus.AskedOf(1).Select(at => at.ToString()[14..19]));
    }

    [Fact]
    public async Task A_silent_meter_whose_poll_fails_in_us_is_polled_again_after_its_pause_and_harms_no_other()
    {
        var polls = 0;
        Bus.Behave = request =>
        {
            if (request.Unit == 2) return (null, 0);
            if (++polls > 2) throw new InvalidOperationException("a bug");
            return (LinkFault.TimedOut, 0);
        };
        Start(Target(1, Model("volume:0:uint16")), Target(2, Model("volume:0:uint16")));
        await PassAsync(TimeSpan.FromMinutes(2));
        Assert.InRange(polls, 4, 10);
        Assert.Equal(polls - 2, Bench.Log.Lines.Count(line => line.Level == LogLevel.Error));
        Assert.InRange(Bus.AskedOf(2).Count, 12, 13);
        Assert.Equal("a bug", (await Bench.StateAsync("GW-01", "M-1"))!.Fault);
    }

    [Fact]
    public async Task What_was_read_before_a_fault_of_our_own_is_kept()
    {
        Bus.Behave = request => request.Address == 40 ? throw new InvalidOperationException("a bug") : (null, 0);
        Start(Target(1, Model("volume:0:uint16 flow:40:uint16")));
        await PassAsync(TimeSpan.FromSeconds(5));
        Assert.Contains(Bench.Sink.Readings, reading => reading.Series.Quantity == Quantity.Volume);
    }

    [Fact]
    public async Task A_fault_between_two_polls_is_logged_and_the_endpoint_is_polled_on()
    {
        Bus.OnRelease = () =>
        {
            Bus.OnRelease = null;
            throw new InvalidOperationException("a bug");
        };
        Start(Target(1, Model("volume:0:uint16") with { CloseAfterPoll = true }));
        await PassAsync(TimeSpan.FromSeconds(35));
        Assert.Equal(4, Bus.AskedOf(1).Count);
        Assert.Single(Bench.Log.Lines, line => line.Level == LogLevel.Error);
    }

    [Fact]
    public async Task A_fault_of_our_own_is_logged_as_error_and_the_meter_is_polled_again()
    {
        var first = true;
        Bench.Sink.Ticket = _ => first ? throw new InvalidOperationException("a bug") : Task.FromResult(new IngestReceipt(1, 1, []));
        Start([Target(1, Model("volume:0:uint16"))]);
        await PassAsync(TimeSpan.FromSeconds(5));
        Assert.Single(Bench.Log.Lines, line => line.Level == LogLevel.Error);
        first = false;
        await PassAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(3, Bench.Sink.Batches.Count);
    }
}
