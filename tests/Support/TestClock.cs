using EnergyWatch.Domain.Time;

namespace EnergyWatch.Support;

/// <summary>A clock that stands still until a test moves it; timers fire while it is moved. Its ticks are not those of the real one.</summary>
public sealed class TestClock(DateTimeOffset start) : TimeProvider
{
    readonly Lock _lock = new();
    readonly List<TestTimer> _timers = [];
    readonly DateTimeOffset _start = start;
    DateTimeOffset _now = start;
    TimeSpan _set;

    public TestClock() : this(new DateTimeOffset(2026, 3, 17, 6, 52, 0, TimeSpan.Zero)) { }

    public Instant Instant => Instant.From(GetUtcNow());

    public override long TimestampFrequency => TimeSpan.TicksPerSecond * 7;
    public override DateTimeOffset GetUtcNow() { lock (_lock) return _now + _set; }
    public override long GetTimestamp() { lock (_lock) return (_now - _start).Ticks * 7; }
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>How many timers are set: how many waits are under way.</summary>
    public int Waiting { get { lock (_lock) return _timers.Count(timer => timer.Due != DateTimeOffset.MaxValue); } }

    /// <summary>When the next timer fires; null where none is set.</summary>
    public Instant? NextDue
    {
        get
        {
            lock (_lock)
            {
                var due = _timers.Select(timer => timer.Due).DefaultIfEmpty(DateTimeOffset.MaxValue).Min();
                return due == DateTimeOffset.MaxValue ? null : Instant.From(due + _set);
            }
        }
    }

    /// <summary>Moves time forward, firing each timer at its own moment, in order.</summary>
    public void Advance(TimeSpan span)
    {
        DateTimeOffset end;
        lock (_lock) end = _now + span;
        while (true)
        {
            TestTimer? next;
            lock (_lock)
            {
                next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
                if (next is null) { _now = end; return; }
                if (next.Due > _now) _now = next.Due;
                next.Rearm();
            }
            next.Fire();
        }
    }

    /// <summary>Somebody sets the clock, back or forward: no time passes, timers and timestamps do not notice.</summary>
    public void Set(TimeSpan by) { lock (_lock) _set += by; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new TestTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_lock) _timers.Add(timer);
        return timer;
    }

    sealed class TestTimer(TestClock clock, TimerCallback callback, object? state) : ITimer
    {
        TimeSpan _period;

        public DateTimeOffset Due { get; private set; } = DateTimeOffset.MaxValue;

        public void Fire() => callback(state);

        public void Rearm() => Due = _period > TimeSpan.Zero ? Due + _period : DateTimeOffset.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                _period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue : clock._now + dueTime;
            }
            return true;
        }

        public void Dispose() { lock (clock._lock) clock._timers.Remove(this); }
        public ValueTask DisposeAsync() { Dispose(); return ValueTask.CompletedTask; }
    }
}
