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

    [Fact]
    public void A_meter_that_never_reported_is_not_late() =>
        Assert.Equal(MeterState.Never, MeterStates.Of(null, 900, Some.At("2026-03-17T14:45:00Z")));
}
