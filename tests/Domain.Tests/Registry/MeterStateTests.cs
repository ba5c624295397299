using EnergyWatch.Domain.Registry;
using EnergyWatch.Support;

namespace EnergyWatch.Domain.Tests.Registry;

public sealed class MeterStateTests
{
    [Theory]
    [InlineData(0, MeterState.Online)]
    [InlineData(2700, MeterState.Online)]
    [InlineData(2701, MeterState.Late)]
    [InlineData(5400, MeterState.Late)]
    [InlineData(5401, MeterState.Failing)]
    [InlineData(10800, MeterState.Failing)]
    [InlineData(10801, MeterState.Offline)]
    public void A_meter_is_judged_by_its_own_interval(int secondsAgo, MeterState state)
    {
        var now = Some.At("2026-03-17T14:45:00Z");
        Assert.Equal(state, MeterStates.Of(now - TimeSpan.FromSeconds(secondsAgo), 900, now));
    }

    [Theory]
    [InlineData(600, MeterState.Online)]
    [InlineData(601, MeterState.Late)]
    [InlineData(5 * 3600, MeterState.Late)]
    public void A_reading_further_in_the_future_than_a_meters_clock_may_be_is_no_sign_of_life(int secondsAhead, MeterState state)
    {
        var now = Some.At("2026-03-17T14:45:00Z");
        Assert.Equal(state, MeterStates.Of(now + TimeSpan.FromSeconds(secondsAhead), 3600, now));
    }

    [Fact]
    public void A_meter_that_never_reported_is_not_late() =>
        Assert.Equal(MeterState.Never, MeterStates.Of(null, 900, Some.At("2026-03-17T14:45:00Z")));
}
