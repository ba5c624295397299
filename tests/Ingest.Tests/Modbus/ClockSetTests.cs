using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class ClockSetTests : LoopBench
{
    [Theory]
    [InlineData(1)]
    [InlineData(24 * 365)]
    public async Task A_clock_set_forward_makes_no_burst_and_slots_are_those_of_the_new_time(int hours)
    {
        Start([.. Enumerable.Range(1, 20).Select(unit => Target(unit, Model("volume:0:uint16"), TimeSpan.FromMinutes(5)))]);
        await PassAsync(TimeSpan.FromMinutes(7));
        var before = Bus.Asked.Count;
        Bench.Clock.Set(TimeSpan.FromHours(hours) + TimeSpan.FromMinutes(1));
        var at = Bench.Clock.Instant;
        await PassAsync(TimeSpan.FromSeconds(100));
        Assert.Equal(before, Bus.Asked.Count);
        await PassAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(before + 40, Bus.Asked.Count);
        Assert.All(Bus.Asked.Skip(before), ask => Assert.InRange(ask.At.UnixMilliseconds % 300_000, 0, 1000));
        Assert.All(Bus.Asked.Skip(before), ask => Assert.True(ask.At > at));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(24 * 365)]
    public async Task A_clock_set_back_leaves_no_meter_waiting(int hours)
    {
        Bus.Behave = request => request.Unit == 3 ? (Ingest.Modbus.Lines.LinkFault.TimedOut, 0) : (null, 0);
        Start(
            Target(1, Model("volume:0:uint16")), Target(2, Model("volume:0:uint16"), TimeSpan.FromHours(24)), Target(3, Model("volume:0:uint16")));
        await PassAsync(TimeSpan.FromMinutes(10));
        var (before, silent) = (Bus.AskedOf(1).Count, Bus.AskedOf(3).Count);
        Bench.Clock.Set(-TimeSpan.FromHours(hours));
        await PassAsync(TimeSpan.FromMinutes(20));
        Assert.InRange(Bus.AskedOf(1).Count - before, 118, 122);
        Assert.InRange(Bus.AskedOf(3).Count - silent, 3, 6); // its pauses are measured, not read from the clock
        await PassAsync(TimeSpan.FromHours(24));
        Assert.Equal(2, Bus.AskedOf(2).Count);
        Assert.Equal("00:00:00", Bus.AskedOf(2)[1].ToString()[11..19]);
    }

    [Fact]
    public async Task Slots_that_a_clock_jumped_over_are_counted_once()
    {
        Start(Target(1, Model("volume:0:uint16")));
        using var missed = new CounterProbe("energywatch_modbus_missed_slots_total", Endpoint.ToString());
        await PassAsync(TimeSpan.FromSeconds(25));
        Bench.Clock.Set(TimeSpan.FromHours(1));
        await PassAsync(TimeSpan.FromSeconds(61));
        Assert.Equal(360, missed.Total);
    }

    [Fact]
    public async Task A_timer_that_ends_a_little_before_its_slot_does_not_ask_twice_in_it()
    {
        Start(Target(1, Model("volume:0:uint16")));
        await PassAsync(TimeSpan.FromSeconds(5));
        Bench.Clock.Set(TimeSpan.FromMilliseconds(-40));
        await PassAsync(TimeSpan.FromSeconds(40));
        var asked = Bus.AskedOf(1);
        Assert.Equal(5, asked.Count);
        Assert.Equal(["45:00.000", "45:09.960", "45:20.000", "45:30.000", "45:40.000"], asked.Select(at => at.ToString()[14..23]));
    }
}
