using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class MeterHealthTests
{
    static readonly BackOff Rule = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(300), 3, TimeSpan.FromSeconds(30));
    readonly TestClock _clock = new();

    TimeSpan Now => _clock.GetElapsedTime(0);

    [Fact]
    public void The_pause_doubles_up_to_the_longest()
    {
        var health = new MeterHealth(Rule);
        var pauses = Enumerable.Range(0, 10).Select(_ =>
        {
            health.Failed(Now);
            return health.Pause.TotalSeconds;
        });
        Assert.Equal([2, 4, 8, 16, 32, 64, 128, 256, 300, 300], pauses);
        for (var i = 0; i < 2000; i++) health.Failed(Now);
        Assert.Equal(300, health.Pause.TotalSeconds);
    }

    [Fact]
    public void Many_failures_in_a_short_time_are_not_death()
    {
        var health = new MeterHealth(Rule);
        for (var i = 0; i < 20; i++) Assert.False(health.Failed(Now));
        Assert.Equal(ContactState.Failing, health.State);
    }

    [Fact]
    public void A_long_time_with_few_failures_is_not_death()
    {
        var health = new MeterHealth(Rule);
        health.Failed(Now);
        _clock.Advance(TimeSpan.FromHours(5));
        Assert.False(health.Failed(Now));
        Assert.Equal(ContactState.Failing, health.State);
    }

    [Fact]
    public void Death_needs_both_is_told_once_and_ends_with_an_answer()
    {
        var health = new MeterHealth(Rule);
        Assert.Equal(ContactState.Unknown, health.State);
        health.Failed(Now);
        health.Failed(Now);
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.True(health.Failed(Now));
        Assert.False(health.Failed(Now));
        Assert.Equal(ContactState.Dead, health.State);
        Assert.True(health.Answered());
        Assert.False(health.Answered());
        Assert.Equal((ContactState.Answering, 0, TimeSpan.Zero), (health.State, health.Failures, health.Pause));
    }

    [Fact]
    public void An_answer_in_between_starts_the_count_and_the_time_again()
    {
        var health = new MeterHealth(Rule);
        for (var i = 0; i < 100; i++)
        {
            health.Failed(Now);
            _clock.Advance(TimeSpan.FromSeconds(40));
            health.Failed(Now);
            Assert.Equal(ContactState.Failing, health.State);
            health.Answered();
        }
    }
}
