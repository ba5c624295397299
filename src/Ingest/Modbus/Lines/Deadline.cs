namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>
/// The time limit of one exchange after another on a connection, without an allocation each: one timer that is left running and looks
/// again when it fires, and one token source that is replaced only after it was used.
/// </summary>
sealed class Deadline : IDisposable
{
    readonly TimeProvider _clock;
    readonly ITimer _timer;
    readonly Lock _lock = new();
    CancellationTokenSource _source = new();
    CancellationTokenRegistration _stopping;
    CancellationToken _stop;
    long? _dueAt;
    long? _wakesAt;

    public Deadline(TimeProvider clock)
    {
        _clock = clock;
        _timer = clock.CreateTimer(static state => ((Deadline)state!).Fired(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Starts the limit of one exchange. The token is cancelled when it runs out or when the caller stops.</summary>
    public CancellationToken Start(TimeSpan limit, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (stop != _stop)
        {
            _stopping.Dispose();
            _stop = stop;
            _stopping = stop.UnsafeRegister(static state => ((Deadline)state!).Cancel(), this);
        }
        lock (_lock)
        {
            if (_source.IsCancellationRequested && !stop.IsCancellationRequested) _source = new CancellationTokenSource();
            var now = _clock.GetTimestamp();
            var due = now + (long)(limit.TotalSeconds * _clock.TimestampFrequency);
            _dueAt = due;
            if (_wakesAt is null || _wakesAt > due) Wake(due, now);
            return _source.Token;
        }
    }

    /// <summary>The exchange is over, in time or not.</summary>
    public void End()
    {
        lock (_lock) _dueAt = null;
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _timer.Dispose();
    }

    void Fired()
    {
        lock (_lock)
        {
            _wakesAt = null;
            if (_dueAt is not { } due) return;
            var now = _clock.GetTimestamp();
            if (now < due)
            {
                Wake(due, now);
                return;
            }
            // Under the lock, so that it can only end the exchange whose limit it is: no link may run what waits for it inline.
            _source.Cancel();
        }
    }

    void Cancel()
    {
        lock (_lock) _source.Cancel();
    }

    void Wake(long due, long now)
    {
        _wakesAt = due;
        // A timer counts in whole milliseconds and rounds down: one more, or it fires early and has to be armed again.
        var span = TimeSpan.FromSeconds((double)(due - now) / _clock.TimestampFrequency);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(span.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }
}
