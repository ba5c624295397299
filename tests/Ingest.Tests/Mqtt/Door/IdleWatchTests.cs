using EnergyWatch.Ingest.Mqtt;

namespace EnergyWatch.Ingest.Tests.Mqtt.Door;

public sealed class IdleWatchTests
{
    // The timer had come up already, on another thread, when the watch was switched off.
    [Fact]
    public void Check_that_comes_late_neither_ends_a_connection_without_keep_alive_nor_sets_the_timer_again()
    {
        var clock = new LateClock();
        var expired = 0;
        using var watch = new IdleWatch(clock, TimeSpan.FromSeconds(10), () => expired++);
        clock.Now = TimeSpan.FromSeconds(9);
        watch.Restart(Timeout.InfiniteTimeSpan);
        clock.Now = TimeSpan.FromDays(1);
        clock.ComeUp();
        Assert.Equal((0, Timeout.InfiniteTimeSpan), (expired, clock.Due));
        watch.Restart(TimeSpan.FromSeconds(10));
        clock.Now += TimeSpan.FromSeconds(10);
        clock.ComeUp();
        Assert.Equal(1, expired);
    }

    sealed class LateClock : TimeProvider, ITimer
    {
        TimerCallback _callback = _ => { };
        object? _state;

        public TimeSpan Now { get; set; }
        public TimeSpan Due { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => Now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (_callback, _state, Due) = (callback, state, dueTime);
            return this;
        }

        public void ComeUp() => _callback(_state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime;
            return true;
        }

        public void Dispose() { }
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
