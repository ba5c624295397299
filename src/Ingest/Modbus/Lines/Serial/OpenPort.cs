using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Win32.SafeHandles;

namespace EnergyWatch.Ingest.Modbus.Lines.Serial;

/// <summary>
/// A serial port that is open. The kernel has no asynchronous read for it, so one thread of its own, for as long as it is open, waits in
/// poll(2) for bytes, for room to write and for the end; nobody else's thread ever waits.
/// </summary>
sealed class OpenPort
{
    // What nobody reads is noise on the bus: it is not kept beyond this.
    const int MostUnread = 16 * 1024;

    // The limit is kept here, so that the writing side never has to wait.
    static readonly PipeOptions Options = new(pauseWriterThreshold: 0, useSynchronizationContext: false);

    readonly SafeFileHandle _port;
    readonly SafeFileHandle _wake;
    readonly Pipe _bytes = new(Options);
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    TaskCompletionSource? _room;
    long _arrived;
    long _taken;
    volatile bool _closing;
    volatile bool _gone;

    OpenPort(SafeFileHandle port, SafeFileHandle wake) => (_port, _wake) = (port, wake);

    /// <summary>Whether the adapter is known to be gone.</summary>
    public bool IsGone => _gone;

    public int Unread => (int)(Volatile.Read(ref _arrived) - Volatile.Read(ref _taken));

    public static OpenPort Start(SafeFileHandle port, string name)
    {
        var wake = Libc.EventHandle(0, Libc.NonBlocking | Libc.CloseOnExec);
        if (wake.IsInvalid) throw new IOException(Libc.LastError);
        var open = new OpenPort(port, wake);
        new Thread(open.Run) { IsBackground = true, Name = $"serial port {name}" }.Start();
        return open;
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (bytes.Length > 0)
        {
            var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var written = Libc.Write(_port, bytes.Span, (nuint)bytes.Length);
            if (written >= 0)
            {
                bytes = bytes[(int)written..];
                continue;
            }
            if (!MayRepeat(out var fault)) throw new IOException(fault);
            Volatile.Write(ref _room, room);
            Wake();
            // The thread may have ended before it could see who waits.
            if (_gone) throw new IOException("the adapter was unplugged");
            // Not Task.WaitAsync: who cancels would run what comes after it.
            using var ended = stop.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), room);
            await room.Task;
        }
    }

    public async ValueTask<int> ReadAsync(Memory<byte> room, CancellationToken stop)
    {
        var read = await _bytes.Reader.ReadAsync(stop);
        var part = read.Buffer.Slice(0, Math.Min(room.Length, read.Buffer.Length));
        part.CopyTo(room.Span);
        Volatile.Write(ref _taken, _taken + part.Length);
        _bytes.Reader.AdvanceTo(part.End);
        return (int)part.Length;
    }

    /// <summary>Ends it. A read that waits is over at once; the port is closed when the task is.</summary>
    public async Task CloseAsync()
    {
        _closing = true;
        Wake();
        await _ended.Task;
        // Else the kernel waits up to half a minute for a line that takes no more bytes (closing_wait).
        _ = Libc.Flush(_port, Libc.FlushBoth);
        _ = Libc.Control(_port, Libc.GiveUpExclusive);
        _port.Dispose();
        _wake.Dispose();
    }

    void Wake()
    {
        ReadOnlySpan<byte> one = [1, 0, 0, 0, 0, 0, 0, 0];
        _ = Libc.Write(_wake, one, (nuint)one.Length);
    }

    void Run()
    {
        var fault = "the port was closed";
        try
        {
            while (!_closing && Turn() is var end)
            {
                if (end is null) continue;
                fault = end;
                break;
            }
        }
        finally
        {
            _gone = true;
            _bytes.Writer.Complete(new IOException(fault));
            Interlocked.Exchange(ref _room, null)?.TrySetException(new IOException(fault));
            _ended.SetResult();
        }
    }

    /// <summary>Waits until something happens, and does what it asks for.</summary>
    /// <returns>Why the port can no longer be used; null where it can.</returns>
    string? Turn()
    {
        var waits = Volatile.Read(ref _room) is not null;
        Span<PollEntry> entries =
        [
            new() { Handle = (int)_port.DangerousGetHandle(), Wanted = PollEvents.CanRead | (waits ? PollEvents.CanWrite : PollEvents.None) },
            new() { Handle = (int)_wake.DangerousGetHandle(), Wanted = PollEvents.CanRead },
        ];
        if (Libc.Poll(entries, (nuint)entries.Length, timeoutMs: -1) < 0) return MayRepeat(out var failure) ? null : failure;
        Span<byte> spent = stackalloc byte[8];
        if (entries[1].Happened != PollEvents.None) _ = Libc.Read(_wake, spent, (nuint)spent.Length);
        var happened = entries[0].Happened;
        if ((happened & PollEvents.CanWrite) != 0) Interlocked.Exchange(ref _room, null)?.TrySetResult();
        if ((happened & PollEvents.CanRead) != 0) return Take();
        return (happened & (PollEvents.HungUp | PollEvents.Error | PollEvents.NotOpen)) != 0 ? "the adapter was unplugged" : null;
    }

    string? Take()
    {
        // Full: read on all the same, or the thread would turn without end, and let it go past.
        var full = _arrived - Volatile.Read(ref _taken) > MostUnread;
        Span<byte> passing = stackalloc byte[256];
        var room = full ? passing : _bytes.Writer.GetSpan(512);
        var count = Libc.Read(_port, room, (nuint)room.Length);
        if (count == 0) return "the adapter was unplugged";
        if (count < 0) return MayRepeat(out var fault) ? null : fault;
        if (full) return null;
        Volatile.Write(ref _arrived, _arrived + count);
        _bytes.Writer.Advance((int)count);
        _ = _bytes.Writer.FlushAsync().AsTask();
        return null;
    }

    static bool MayRepeat(out string fault)
    {
        fault = Libc.LastError;
        return Libc.LastErrorNumber is Libc.Interrupted or Libc.TryAgain;
    }
}
