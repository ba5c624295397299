namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Room for so many readings in flight. Entering waits in the order of asking, so that a large batch is not overtaken
/// for ever; one that is larger than all the room enters when nothing else is inside.
/// </summary>
sealed class Room(int capacity)
{
    readonly Lock _lock = new();
    readonly LinkedList<Waiter> _waiters = [];
    int _taken;
    bool _isClosed;

    public int Taken { get { lock (_lock) return _taken; } }
    public int Waiting { get { lock (_lock) return _waiters.Count; } }

    /// <summary>True when there is room now (or soon); false when the room was closed first. Cancelled, it has taken
    /// nothing.</summary>
    public ValueTask<bool> EnterAsync(int size, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        LinkedListNode<Waiter> node;
        lock (_lock)
        {
            if (_isClosed) return ValueTask.FromResult(false);
            if (_waiters.Count == 0 && Fits(size))
            {
                _taken += size;
                return ValueTask.FromResult(true);
            }
            node = _waiters.AddLast(new Waiter(size));
        }
        return WaitAsync(node, stop);
    }

    public void Leave(int size)
    {
        lock (_lock)
        {
            _taken -= size;
            LetIn();
        }
    }

    /// <summary>Turns away who waits and who comes.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (var waiter in _waiters) waiter.TrySetResult(false);
            _waiters.Clear();
        }
    }

    async ValueTask<bool> WaitAsync(LinkedListNode<Waiter> node, CancellationToken stop)
    {
        using var registration = stop.UnsafeRegister(_ => GiveUp(node, stop), null);
        return await node.Value.Task;
    }

    void GiveUp(LinkedListNode<Waiter> node, CancellationToken stop)
    {
        lock (_lock)
        {
            if (node.List is null) return; // Let in or turned away already.
            _waiters.Remove(node);
            node.Value.TrySetCanceled(stop);
            LetIn();
        }
    }

    void LetIn()
    {
        while (_waiters.First is { } first && Fits(first.Value.Size))
        {
            _taken += first.Value.Size;
            _waiters.RemoveFirst();
            first.Value.TrySetResult(true);
        }
    }

    bool Fits(int size) => _taken == 0 || _taken <= capacity - size;

    sealed class Waiter(int size) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public int Size { get; } = size;
    }
}
