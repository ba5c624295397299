namespace EnergyWatch.Ingest.Mqtt.Door;

/// <summary>
/// The few places where secrets are stretched, and the line before them. Names of gateways come first, each in the order
/// of its arrival; made-up names get their turn when nobody else waits. Under one name only so many may wait, and all
/// made-up names are one: else a stranger could keep two thousand gateways waiting after a restart.
/// </summary>
sealed class StretchingTurns
{
    /// <summary>Who may wait under one name: all modules of a large gateway.</summary>
    public const int MostPerName = 64;

    readonly Lock _lock = new();
    readonly LinkedList<Waiter> _gateways = [];
    readonly LinkedList<Waiter> _strangers = [];
    readonly Dictionary<string, int> _waiting = new(StringComparer.Ordinal);
    int _free;

    public StretchingTurns(int places) => Places = _free = places;

    public int Places { get; }

    /// <summary>Those in the line.</summary>
    public int Waiting { get { lock (_lock) return _gateways.Count + _strangers.Count; } }

    /// <summary>Waits for a place; null, at once, where too many wait under this name.</summary>
    /// <param name="name">Code of the gateway; for a made-up name null.</param>
    public async ValueTask<Turn?> EnterAsync(string? name, CancellationToken stop)
    {
        Waiter waiter;
        var line = name is null ? _strangers : _gateways;
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return new Turn(this);
            }
            var under = _waiting.GetValueOrDefault(name ?? "");
            if (under >= MostPerName) return null;
            _waiting[name ?? ""] = under + 1;
            waiter = new Waiter(name ?? "");
            line.AddLast(waiter);
        }
        using var gone = stop.UnsafeRegister(static (state, token) =>
        {
            var (turns, line, waiter) = ((StretchingTurns, LinkedList<Waiter>, Waiter))state!;
            turns.GiveUp(line, waiter, token);
        }, (this, line, waiter));
        await waiter.Called.Task;
        return new Turn(this);
    }

    void GiveUp(LinkedList<Waiter> line, Waiter waiter, CancellationToken token)
    {
        lock (_lock)
        {
            // Called already: it has a place, and gives it back like any other.
            if (!line.Remove(waiter)) return;
            Forget(waiter);
        }
        waiter.Called.TrySetCanceled(token);
    }

    void Release()
    {
        Waiter next;
        lock (_lock)
        {
            var line = _gateways.Count > 0 ? _gateways : _strangers;
            if (line.First is not { } first)
            {
                _free++;
                return;
            }
            line.RemoveFirst();
            next = first.Value;
            Forget(next);
        }
        next.Called.TrySetResult();
    }

    void Forget(Waiter waiter)
    {
        if (_waiting[waiter.Name] == 1) _waiting.Remove(waiter.Name);
        else _waiting[waiter.Name]--;
    }

    sealed class Waiter(string name)
    {
        public string Name => name;
        public TaskCompletionSource Called { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A place, held until it is disposed.</summary>
    public sealed class Turn(StretchingTurns turns) : IDisposable
    {
        int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0) turns.Release();
        }
    }
}
