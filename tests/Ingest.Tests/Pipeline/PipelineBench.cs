using System.Collections.Concurrent;
using System.Text;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Pipeline;

/// <summary>A pipeline on stores in memory whose failures a test decides, and a journal of the order in which they were
/// called.</summary>
sealed class PipelineBench : IAsyncDisposable
{
    public PipelineBench(PipelineOptions? options = null, RegistrySnapshot? registry = null)
    {
        Registry = new FixedRegistry(registry ?? Some.Registry());
        Options = options ?? new PipelineOptions();
        Series = new FaultySeries(this);
        var stores = new PipelineStores(new Marks(this), Series, Quarantine = new MemoryQuarantine(this));
        Pipeline = new ReadingPipeline(
            new Screener(Registry, Some.Calendar, Options, Clock), stores, Options, Clock, Log.For<ReadingPipeline>());
    }

    public TestClock Clock { get; } = new();
    public LogProbe Log { get; } = new();
    public FixedRegistry Registry { get; }
    public PipelineOptions Options { get; }
    public FaultySeries Series { get; }
    public MemoryQuarantine Quarantine { get; }
    public ReadingPipeline Pipeline { get; }
    public ConcurrentQueue<string> Journal { get; } = new();
    public Func<Exception?>? MarkFault { get; set; }

    public Task StartAsync() => Pipeline.StartAsync(CancellationToken.None);

    public static IngestBatch Batch(params Reading[] readings) => Batch(readings, []);

    public static IngestBatch Batch(
        IReadOnlyList<Reading> readings, IReadOnlyList<Refusal> refusals, string payload = "") =>
        new("test:bench", new TestClock().Instant, readings, [.. Enumerable.Range(0, readings.Count)], refusals,
            PayloadFormats.Json, Encoding.UTF8.GetBytes(payload));

    /// <summary>Readings of meter 1 a second apart, ending now; each number is another instant.</summary>
    public static Reading Reading(int number, double value = 1, int meter = 1) =>
        new(new SeriesKey(new MeterId(meter), Quantity.EnergyImport),
            new TestClock().Instant - TimeSpan.FromSeconds(number), value);

    /// <summary>Rejects the readings of this value.</summary>
    public static IReadOnlyList<Refusal> Refusals(ReadOnlyMemory<Reading> batch, double value, string detail) =>
        [.. Enumerable.Range(0, batch.Length).Where(i => batch.Span[i].Value == value)
            .Select(i => new Refusal(i, "X", detail))];

    public static string Text(QuarantineItem item) => Encoding.UTF8.GetString(item.Payload.Span);

    public async Task<Task<IngestReceipt>> PutAsync(params Reading[] readings) =>
        await Pipeline.PutAsync(Batch(readings), CancellationToken.None);

    /// <summary>
    /// Moves the clock on, step by step, until the condition holds. It stands still while the pipeline works and would
    /// only run into the limit of an attempt; a test that wants this limit to pass says so.
    /// </summary>
    public async Task AdvanceUntilAsync(Func<bool> condition, TimeSpan step, bool throughAttempts = false)
    {
        var (real, patience) = (TimeProvider.System, TimeSpan.FromSeconds(60));
        for (var began = real.GetTimestamp(); !condition() && real.GetElapsedTime(began) < patience;)
        {
            if (throughAttempts || Clock.NextDue - Clock.Instant < DurableWrite.AttemptLimit / 2) Clock.Advance(step);
            for (var turn = 0; turn < 50 && !condition(); turn++) await Task.Yield();
        }
        Assert.True(condition(), "The condition did not come about.");
    }

    public async ValueTask DisposeAsync()
    {
        Series.Gate.TrySetResult();
        var stopped = Pipeline.StopAsync(CancellationToken.None);
        await AdvanceUntilAsync(() => stopped.IsCompleted, TimeSpan.FromMilliseconds(500), throughAttempts: true);
        await stopped;
        Pipeline.Dispose();
    }

    public sealed class FaultySeries(PipelineBench bench) : ISeriesWriter
    {
        public MemorySeriesStore Store { get; } = new();
        public Func<ReadOnlyMemory<Reading>, Exception?>? Fault { get; set; }
        public Func<ReadOnlyMemory<Reading>, IReadOnlyList<Refusal>>? Reject { get; set; }
        public List<int> Sizes { get; } = [];

        /// <summary>Writes wait for it; a test that sets another one holds them.</summary>
        public TaskCompletionSource Gate { get; set; } = Open();

        public async ValueTask<WriteReceipt> WriteAsync(ReadOnlyMemory<Reading> batch, CancellationToken stop)
        {
            bench.Journal.Enqueue("write");
            await Gate.Task;
            if (Fault?.Invoke(batch) is { } fault) throw fault;
            lock (Sizes) Sizes.Add(batch.Length);
            if (Reject?.Invoke(batch) is { Count: > 0 } rejected)
            {
                var indexes = Enumerable.Range(0, batch.Length).Except(rejected.Select(refusal => refusal.Index));
                var kept = indexes.Select(i => batch.Span[i]).ToArray();
                await Store.WriteAsync(kept, stop);
                return new WriteReceipt(kept.Length, rejected);
            }
            return await Store.WriteAsync(batch, stop);
        }

        static TaskCompletionSource Open()
        {
            var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            gate.SetResult();
            return gate;
        }
    }

    sealed class Marks(PipelineBench bench) : IWorkLedger
    {
        public ValueTask MarkAsync(IReadOnlyCollection<MeterDay> days, CancellationToken stop)
        {
            if (bench.MarkFault?.Invoke() is { } fault) throw fault;
            var marks = days.Select(day => $"{day.Meter.Value}/{day.Day:MM-dd}").Order(StringComparer.Ordinal);
            bench.Journal.Enqueue($"mark {string.Join(' ', marks)}");
            return ValueTask.CompletedTask;
        }

        public ValueTask<IReadOnlyList<WorkMark>> OpenAsync(int limit, CancellationToken stop) =>
            throw new NotSupportedException();
        public ValueTask<int> SettleAsync(IReadOnlyList<WorkMark> marks, Instant now, CancellationToken stop) =>
            throw new NotSupportedException();
        public ValueTask<long> CountAsync(CancellationToken stop) => throw new NotSupportedException();
    }
}

/// <summary>A quarantine in memory.</summary>
sealed class MemoryQuarantine(PipelineBench bench) : IQuarantine
{
    readonly ConcurrentQueue<QuarantineItem> _items = new();

    public IReadOnlyList<QuarantineItem> Items => [.. _items];
    public List<(long Id, QuarantineOutcome Outcome, string Actor)> Closed { get; } = [];
    public Func<Exception?>? Fault { get; set; }

    public ValueTask AddAsync(IReadOnlyList<QuarantineItem> items, CancellationToken stop)
    {
        bench.Journal.Enqueue($"quarantine {items.Count}");
        if (Fault?.Invoke() is { } fault) throw fault;
        // The bytes are the sender's again as soon as this returns.
        foreach (var item in items)
            _items.Enqueue(item with { Id = _items.Count + 1, Payload = item.Payload.ToArray() });
        return ValueTask.CompletedTask;
    }

    public ValueTask<bool> CloseAsync(long id, QuarantineOutcome outcome, string actor, CancellationToken stop)
    {
        Closed.Add((id, outcome, actor));
        return ValueTask.FromResult(true);
    }

    public ValueTask<IReadOnlyList<QuarantineItem>> ListAsync(int limit, long? before, CancellationToken stop) =>
        ValueTask.FromResult(Items);

    public ValueTask<QuarantineSummary> SummaryAsync(CancellationToken stop) => ValueTask.FromResult(new QuarantineSummary(
        _items.Count, _items.IsEmpty ? null : _items.Min(item => item.At), [.. _items.Select(item => item.Source).Distinct().Order()]));

    public ValueTask<QuarantineItem?> FindAsync(long id, CancellationToken stop) =>
        ValueTask.FromResult(Items.FirstOrDefault(item => item.Id == id));
}
