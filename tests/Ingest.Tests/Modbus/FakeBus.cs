using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Ingest.Modbus.Protocol;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>A bus in memory: what each unit does is a function, time passes on the test's clock, and it fails a test that asks twice at once.</summary>
sealed class FakeBus(TestClock clock) : IModbusTransport
{
    readonly Lock _lock = new();
    readonly List<(MeterRequest Request, Instant At)> _asked = [];
    int _inFlight;

    /// <summary>What a request gets: an exception to throw, an exception code, or data where both are null. Default: data.</summary>
    public Func<MeterRequest, (LinkFault? Fault, ModbusExceptionCode Code)> Behave { get; set; } = _ => (null, ModbusExceptionCode.None);

    public TimeSpan AnswerTime { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>For how long the bus says that it will be quiet before the next question.</summary>
    public TimeSpan Owed { get; set; }

    public bool IsDisposed { get; private set; }

    /// <summary>How often the connection was given up.</summary>
    public int Released { get; private set; }

    /// <summary>How often several questions were asked at once.</summary>
    public int AskedTogether { get; private set; }

    /// <summary>Single registers that hold something else than their address, by unit and address.</summary>
    public Dictionary<(byte Unit, uint Address), ushort> Held { get; } = [];

    /// <summary>Whether what is written is held.</summary>
    public bool Keeps { get; set; } = true;

    /// <summary>The gap that was asked to be kept, by unit.</summary>
    public Dictionary<byte, TimeSpan> Gaps { get; } = [];

    public IReadOnlyList<(MeterRequest Request, Instant At)> Asked { get { lock (_lock) return [.. _asked]; } }

    public IReadOnlyList<Instant> AskedOf(byte unit) => [.. Asked.Where(ask => ask.Request.Unit == unit).Select(ask => ask.At)];

    public async ValueTask<ModbusAnswer> AskAsync(MeterRequest request, ModbusTiming timing, CancellationToken stop)
    {
        Assert.Equal(1, Interlocked.Increment(ref _inFlight));
        Assert.False(IsDisposed);
        try
        {
            var sentAt = clock.Instant;
            lock (_lock) _asked.Add((request, sentAt));
            Gaps[request.Unit] = timing.Gap;
            var (fault, code) = Behave(request);
            if (fault == LinkFault.Unreachable) throw new ModbusLinkException(fault.Value, "bus cannot be reached: nobody is there");
            await Task.Delay(fault == LinkFault.TimedOut ? timing.ResponseTimeout : AnswerTime, clock, stop);
            if (fault is { } why) throw new ModbusLinkException(why, $"bus unit {request.Unit}: {why}");
            if (Keeps && code == ModbusExceptionCode.None && !request.Values.IsEmpty)
                Held[(request.Unit, request.Address)] = BinaryPrimitives.ReadUInt16BigEndian(request.Values.Span);
            return new(sentAt, code, code == ModbusExceptionCode.None ? Registers(request) : default);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    public async IAsyncEnumerable<IndexedAnswer> AskAllAsync(
        IReadOnlyList<MeterRequest> requests, ModbusTiming timing, [EnumeratorCancellation] CancellationToken stop)
    {
        AskedTogether++;
        for (var i = requests.Count - 1; i >= 0; i--) yield return new(i, await AskAsync(requests[i], timing, stop));
    }

    /// <summary>What giving up the connection does besides.</summary>
    public Action? OnRelease { get; set; }

    /// <summary>What closing does besides.</summary>
    public Action? OnDispose { get; set; }

    public void Release()
    {
        Released++;
        OnRelease?.Invoke();
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        OnDispose?.Invoke();
        return ValueTask.CompletedTask;
    }

    // Unit and address as the value: which meter and which register a reading came from is seen.
    byte[] Registers(MeterRequest request)
    {
        var data = new byte[2 * request.Count];
        for (var i = 0; i < request.Count; i++)
            BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(2 * i), Held.GetValueOrDefault(
                (request.Unit, (uint)(request.Address + i)), (ushort)(request.Unit * 256 + request.Address + i)));
        return data;
    }
}

/// <summary>Takes batches and remembers them.</summary>
sealed class RecordingSink : IReadingSink
{
    readonly Lock _lock = new();
    readonly List<IngestBatch> _batches = [];

    /// <summary>What becomes of a batch; stored where it is null.</summary>
    public Func<IngestBatch, Task<IngestReceipt>>? Ticket { get; set; }

    /// <summary>Done when the first batch was offered.</summary>
    public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Until this is done, there is no room.</summary>
    public Task Room { get; set; } = Task.CompletedTask;

    public IReadOnlyList<IngestBatch> Batches { get { lock (_lock) return [.. _batches]; } }

    public IReadOnlyList<Reading> Readings => [.. Batches.SelectMany(batch => batch.Readings)];

    public async ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop)
    {
        Asked.TrySetResult();
        await Room.WaitAsync(stop);
        lock (_lock) _batches.Add(batch);
        return Ticket?.Invoke(batch) ?? Task.FromResult(new IngestReceipt(batch.Readings.Count, batch.Readings.Count, []));
    }
}

/// <summary>Field states held in memory.</summary>
sealed class MemoryFieldStates : IFieldStates
{
    readonly Dictionary<(string, string?), FieldState> _states = [];

    public ValueTask SaveAsync(IReadOnlyList<FieldState> states, CancellationToken stop)
    {
        foreach (var state in states) _states[(state.Gateway, state.Meter)] = state;
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<FieldState>> ListAsync(CancellationToken stop) => new([.. _states.Values]);
}

/// <summary>A field of endpoints on one test clock. Time moves from one wait to the next, and on only when everyone waits again.</summary>
sealed class PollBench
{
    readonly MemoryFieldStates _states = new();

    public PollBench(ModbusOptions? options = null, Func<double>? jitter = null)
    {
        Recorder = new FieldStateRecorder(_states, new PipelineOptions(), Clock, Log.For<FieldStateRecorder>());
        Context = new PollContext(
            (options ?? new ModbusOptions()) with { Spread = TimeSpan.Zero, FirstSpread = TimeSpan.Zero }, Recorder, Clock, Log.For<ModbusPoller>()) { Jitter = jitter ?? (() => 0) };
    }

    public TestClock Clock { get; } = new(new DateTimeOffset(2026, 3, 17, 6, 45, 0, TimeSpan.Zero));
    public LogProbe Log { get; } = new();
    public RecordingSink Sink { get; } = new();
    public FieldStateRecorder Recorder { get; }
    public PollContext Context { get; }

    /// <summary>Lets this much time pass while so many loops, bus waits and calendars wait on the clock.</summary>
    public async Task PassAsync(TimeSpan span, int waiting)
    {
        var end = Clock.Instant + span;
        await SettleAsync(waiting);
        while (Clock.Instant < end)
        {
            var next = Clock.NextDue is { } due && due < end ? due : end;
            Clock.Advance(next > Clock.Instant ? next - Clock.Instant : TimeSpan.FromMilliseconds(1));
            await SettleAsync(waiting);
        }
    }

    public async Task SettleAsync(int waiting)
    {
        var guard = System.Diagnostics.Stopwatch.StartNew();
        while (Clock.Waiting < waiting)
        {
            Assert.True(guard.Elapsed < TimeSpan.FromSeconds(30), $"{Clock.Waiting} wait on the clock, expected are {waiting}");
            await Task.Yield();
        }
    }

    public async Task<FieldState?> StateAsync(string gateway, string? meter)
    {
        await Recorder.SaveAsync(default);
        return (await _states.ListAsync(default)).FirstOrDefault(state => state.Gateway == gateway && state.Meter == meter);
    }
}
