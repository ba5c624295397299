using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Pipeline;

public sealed class RetryScheduleTests
{
    readonly TestClock _clock = new();

    [Fact]
    public void Pauses_double_up_to_the_longest()
    {
        var schedule = Schedule(jitter: 0);
        Assert.Equal([1, 2, 4, 8, 10, 10], Enumerable.Range(0, 6).Select(_ => schedule.Failed().TotalSeconds));
        for (var i = 0; i < 10_000; i++) schedule.Failed();
        Assert.Equal(TimeSpan.FromSeconds(10), schedule.Failed());
    }

    [Fact]
    public void Jitter_shortens_a_pause_by_up_to_a_quarter() =>
        Assert.Equal(TimeSpan.FromMilliseconds(875), Schedule(jitter: 0.5).Failed());

    [Fact]
    public void The_first_failure_is_remembered_until_a_success()
    {
        var schedule = Schedule(jitter: 0);
        Assert.Null(schedule.FailingSince);
        schedule.Failed();
        var since = _clock.Instant;
        _clock.Advance(TimeSpan.FromMinutes(1));
        schedule.Failed();
        Assert.Equal((2, since), (schedule.Failures, schedule.FailingSince!.Value));

        schedule.Succeeded();
        Assert.Null(schedule.FailingSince);
        Assert.Equal(TimeSpan.FromSeconds(1), schedule.Failed());
    }

    RetrySchedule Schedule(double jitter) =>
        new(_clock, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), () => jitter);
}
