using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class PollScheduleTests
{
    static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);

    [Fact]
    public void Slots_are_aligned_to_the_clock_and_moved_by_the_meters_own_share()
    {
        var schedule = new PollSchedule(Quarter, TimeSpan.FromSeconds(7));
        Assert.Equal(Some.At("2026-03-17T06:45:07Z"), schedule.NextAfter(Some.At("2026-03-17T06:44:00Z")));
        Assert.Equal(Some.At("2026-03-17T06:45:07Z"), schedule.NextAfter(Some.At("2026-03-17T06:45:06.999Z")));
        Assert.Equal(Some.At("2026-03-17T07:00:07Z"), schedule.NextAfter(Some.At("2026-03-17T06:45:07Z")));
    }

    [Fact]
    public void Missed_slots_are_skipped_and_counted()
    {
        var schedule = new PollSchedule(TimeSpan.FromSeconds(10), TimeSpan.Zero);
        var due = Some.At("2026-03-17T06:45:00Z");
        Assert.Equal(0, schedule.Between(due, due + TimeSpan.FromSeconds(9)));
        Assert.Equal(3, schedule.Between(due, due + TimeSpan.FromSeconds(34)));
        Assert.Equal(0, schedule.Between(due, due - TimeSpan.FromSeconds(34)));
        Assert.Equal(due + TimeSpan.FromSeconds(40), schedule.NextAfter(due + TimeSpan.FromSeconds(34)));
    }

    [Fact]
    public void The_share_is_stable_within_bounds_and_spreads_the_county()
    {
        var longest = TimeSpan.FromSeconds(30);
        var shares = Enumerable.Range(1, 5000)
            .Select(i => PollSchedule.For($"M-{i:0000}", Quarter, longest).Spread).ToList();
        Assert.All(shares, share => Assert.InRange(share, TimeSpan.Zero, longest));
        Assert.Equal(TimeSpan.FromMilliseconds(12652), PollSchedule.For("M-0001", Quarter, longest).Spread);
        var perSecond = shares.GroupBy(share => (int)share.TotalSeconds).ToList();
        Assert.Equal(30, perSecond.Count);
        Assert.All(perSecond, second => Assert.InRange(second.Count(), 100, 240));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public void The_share_is_never_as_long_as_the_period(int seconds)
    {
        var period = TimeSpan.FromSeconds(seconds);
        Assert.All(
            Enumerable.Range(0, 500).Select(i => PollSchedule.For($"M-{i}", period, TimeSpan.FromSeconds(30)).Spread),
            share => Assert.InRange(share, TimeSpan.Zero, period - TimeSpan.FromMilliseconds(1)));
    }

    [Fact]
    public void A_meter_without_spread_is_due_on_the_quarter() =>
        Assert.Equal(new Instant(900_000), PollSchedule.For("M-0001", Quarter, TimeSpan.Zero).NextAfter(new Instant(0)));
}
