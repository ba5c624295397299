using System.Threading.Tasks.Sources;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Messages on their way from one loop of a connection to the next: one adds and shows, one waits and takes all that
/// there is. Whoever shows runs the waiting loop on, on its own thread, up to where that has to wait: for a read of a few
/// messages, which is what gateways and brokers send, a thread of its own for each loop would cost more than the work.
/// </summary>
sealed class Handover : IValueTaskSource<bool>
{
    readonly Lock _lock = new();
    ManualResetValueTaskSourceCore<bool> _shown;
    List<Delivery> _here = [];
    bool _isAwaited;
    bool _isComplete;
    Exception? _fault;

    /// <summary>Seen by the other loop when it is shown, or when that comes to look by itself.</summary>
    public void Add(Delivery delivery)
    {
        lock (_lock) _here.Add(delivery);
    }

    public void Add(List<Delivery> deliveries)
    {
        lock (_lock) _here.AddRange(deliveries);
    }

    public void Show()
    {
        lock (_lock)
        {
            if (!_isAwaited || _here.Count == 0) return;
            _isAwaited = false;
        }
        _shown.SetResult(true);
    }

    /// <summary>No more will come. What is here can still be taken; after that, waiting throws the fault.</summary>
    public void Complete(Exception? fault = null)
    {
        bool isAny;
        lock (_lock)
        {
            if (_isComplete) return;
            (_isComplete, _fault) = (true, fault);
            if (!_isAwaited) return;
            _isAwaited = false;
            isAny = _here.Count > 0;
        }
        // It may be somebody's timer or token who ends this: the loop's last steps are not for that thread.
        _shown.RunContinuationsAsynchronously = true;
        if (isAny || fault is null) _shown.SetResult(isAny);
        else _shown.SetException(fault);
    }

    /// <summary>True when there is something to take; false when there never will be.</summary>
    public ValueTask<bool> WaitAsync()
    {
        lock (_lock)
        {
            if (_here.Count > 0) return ValueTask.FromResult(true);
            if (_isComplete)
                return _fault is null ? ValueTask.FromResult(false) : ValueTask.FromException<bool>(_fault);
            _shown.Reset();
            _isAwaited = true;
            return new ValueTask<bool>(this, _shown.Version);
        }
    }

    /// <summary>All that is here, in order, for an empty list to gather the next in.</summary>
    public List<Delivery> Take(List<Delivery> empty)
    {
        lock (_lock)
        {
            var taken = _here;
            _here = empty;
            return taken;
        }
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _shown.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _shown.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _shown.OnCompleted(continuation, state, token, flags);
}
