using EnergyWatch.Analytics.Notices;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Tests.Notices;

public sealed class DeliveryScheduleTests
{
    static readonly Instant Now = new(1_800_000_000_000);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(6, 32)]
    [InlineData(9, 256)]
    [InlineData(10, 360)]
    [InlineData(19, 360)]
    public void Pause_doubles_from_one_minute_to_six_hours(int failed, int minutes) =>
        Assert.Equal(Now + TimeSpan.FromMinutes(minutes), DeliverySchedule.After(failed, Now));

    [Theory]
    [InlineData(20)]
    [InlineData(21)]
    [InlineData(1000)]
    public void After_three_days_of_trying_it_is_given_up(int failed) =>
        Assert.Null(DeliverySchedule.After(failed, Now));

    [Fact]
    public void All_pauses_together_stay_within_three_days_and_one_more_would_not()
    {
        var waited = TimeSpan.Zero;
        for (var failed = 1; DeliverySchedule.After(failed, Now) is { } next; failed++) waited += next - Now;
        Assert.InRange(waited, DeliverySchedule.TryFor - DeliverySchedule.Longest, DeliverySchedule.TryFor);
    }
}
