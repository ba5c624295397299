using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus.Faults;

/// <summary>
/// A test's clock that tells who waits on it. A timer that is set as it is made is somebody's wait; one that is made without is a watchdog,
/// for which nobody waits and which ends what it watches over.
/// </summary>
/// <param name="waits">Told of each wait that begins (1) or ends (-1), whichever way.</param>
/// <param name="watched">What a watchdog watches over as it fires; told when it was not set again.</param>
sealed class WatchedClock(TestClock clock, Action<int> waits, Func<Action> watched) : TimeProvider
{
    public override long TimestampFrequency => clock.TimestampFrequency;
    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();
    public override long GetTimestamp() => clock.GetTimestamp();
    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        dueTime == Timeout.InfiniteTimeSpan ? new Watchdog(clock, watched, callback, state) : new Wait(clock, waits, callback, state, dueTime);

    sealed class Wait : ITimer
    {
        readonly Action<int> _waits;
        readonly ITimer _timer;
        int _over;

        public Wait(TestClock clock, Action<int> waits, TimerCallback callback, object? state, TimeSpan dueTime)
        {
            _waits = waits;
            _timer = clock.CreateTimer(_ => { End(); callback(state); }, null, dueTime, Timeout.InfiniteTimeSpan);
            waits(1); // only now: whoever hears of it may move the clock at once
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => _timer.Change(dueTime, period);

        public void Dispose()
        {
            _timer.Dispose();
            End();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        void End()
        {
            if (Interlocked.Exchange(ref _over, 1) == 0) _waits(-1);
        }
    }

    sealed class Watchdog : ITimer
    {
        readonly ITimer _timer;
        bool _setAgain;

        public Watchdog(TestClock clock, Func<Action> watched, TimerCallback callback, object? state) => _timer = clock.CreateTimer(
            _ =>
            {
                var ended = watched();
                _setAgain = false;
                callback(state);
                if (!_setAgain) ended();
            },
            null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _setAgain = true;
            return _timer.Change(dueTime, period);
        }

        public void Dispose() => _timer.Dispose();

        public ValueTask DisposeAsync() => _timer.DisposeAsync();
    }
}
