namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Fires once when nothing was heard for too long. A timer of our own that no queue can hold up: hearing something
/// costs one time stamp, and the timer is set again only when it comes up early.
/// </summary>
sealed class IdleWatch : IDisposable
{
    readonly TimeProvider _clock;
    readonly Action _expired;
    readonly ITimer _timer;
    long _heardAt;
    long _limitTicks;
    volatile bool _deaf;

    public IdleWatch(TimeProvider clock, TimeSpan limit, Action expired)
    {
        (_clock, _expired, _limitTicks, _heardAt) = (clock, expired, limit.Ticks, clock.GetTimestamp());
        _timer = clock.CreateTimer(static watch => ((IdleWatch)watch!).Check(), this, limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>While we do not read, silence is ours and not the peer's.</summary>
    public bool IsDeaf
    {
        get => _deaf;
        set { Heard(); _deaf = value; }
    }

    public void Heard() => Volatile.Write(ref _heardAt, _clock.GetTimestamp());

    /// <summary>Begins anew with another limit; an infinite one switches it off.</summary>
    public void Restart(TimeSpan limit)
    {
        Heard();
        Volatile.Write(ref _limitTicks, limit.Ticks);
        _timer.Change(limit, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    void Check()
    {
        var limit = TimeSpan.FromTicks(Volatile.Read(ref _limitTicks));
        var left = _deaf ? limit : limit - _clock.GetElapsedTime(Volatile.Read(ref _heardAt));
        // It was switched off while this came up: there is nothing to set again.
        if (limit < TimeSpan.Zero) return;
        if (left <= TimeSpan.Zero) _expired();
        else _timer.Change(left, Timeout.InfiniteTimeSpan);
    }
}
