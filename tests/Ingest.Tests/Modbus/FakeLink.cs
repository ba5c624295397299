using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Tests.Modbus.Faults;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>
/// A line in memory, with a meter that answers when the clock says. What it says comes to whoever has the line open, as a bus and a
/// serial server do. Time moves only while somebody listens and nothing is there to be heard, or keeps a pause.
/// </summary>
sealed class FakeLink(TestClock clock, bool closingHelps) : ILink
{
    readonly Lock _lock = new();
    readonly Queue<byte[]> _coming = new();
    TaskCompletionSource? _listening;
    int _pauses;

    /// <summary>The clock for who uses this line: its pauses pass, too.</summary>
    public TimeProvider Clock => new WatchedClock(clock, change => Interlocked.Add(ref _pauses, change), () => () => { });

    public Action<byte[]> Script { get; set; } = _ => { };
    public List<byte[]> Sent { get; } = [];
    public int Opened { get; private set; }
    public bool IsOpen { get; private set; }
    public bool IsGone => false;
    public bool ClosingHelps => closingHelps;
    public TimeSpan Silence { get; init; }

    public int Unread { get { lock (_lock) return _coming.Sum(bytes => bytes.Length); } }

    public bool IsListening { get { lock (_lock) return _listening is not null; } }

    /// <summary>How long one byte takes.</summary>
    public TimeSpan PerByte { get; init; }

    public TimeSpan OnTheWire(int bytes) => bytes * PerByte;

    /// <summary>Bytes come now; lost where nobody has the line open.</summary>
    public void Say(params byte[] bytes)
    {
        lock (_lock)
        {
            if (!IsOpen) return;
            _coming.Enqueue(bytes);
            _listening?.TrySetResult();
            _listening = null;
        }
    }

    /// <summary>Bytes come after a time.</summary>
    public void SayAfter(TimeSpan delay, byte[] bytes)
    {
        if (delay <= TimeSpan.Zero) Say(bytes);
        else _ = clock.CreateTimer(_ => Say(bytes), null, delay, Timeout.InfiniteTimeSpan);
    }

    public ValueTask OpenAsync(CancellationToken stop)
    {
        (IsOpen, Opened) = (true, Opened + 1);
        return default;
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        Sent.Add(bytes.ToArray());
        Script(bytes.ToArray());
        return default;
    }

    public async ValueTask<int> ReceiveAsync(Memory<byte> room, CancellationToken stop)
    {
        while (true)
        {
            var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var ended = stop.Register(() =>
            {
                lock (_lock) if (_listening == waiting) _listening = null;
                waiting.TrySetCanceled(stop);
            });
            lock (_lock)
            {
                if (_coming.TryDequeue(out var bytes))
                {
                    bytes.CopyTo(room);
                    return bytes.Length;
                }
                // Only what a deadline can end counts as listening: time moves as soon as it is seen.
                if (!waiting.Task.IsCompleted) _listening = waiting;
            }
            await waiting.Task;
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            IsOpen = false;
            _coming.Clear();
        }
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return default;
    }

    /// <summary>Moves time to the next thing that happens, whenever the line is silent, until the question has its answer.</summary>
    public async Task<T> UntilAsync<T>(Task<T> asking)
    {
        while (!asking.IsCompleted)
        {
            // An instant holds whole milliseconds, and the next thing may happen between two of them.
            if ((IsListening || Volatile.Read(ref _pauses) > 0) && clock.NextDue is { } due) clock.Advance(due > clock.Instant ? due - clock.Instant : TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }
        return await asking;
    }
}
