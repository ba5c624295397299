using System.Collections;
using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Push;

/// <summary>
/// Puts what an import reads into the sink, a few batches ahead of their receipts, so that reading and writing overlap.
/// </summary>
sealed class ImportBatches(
    string source, IReadingSink sink, TimeProvider clock, CsvFaults faults, IProgress<long>? progress)
{
    const int MostInFlight = 4;

    readonly Queue<(Task<IngestReceipt> Ticket, ImportBatch Batch)> _inFlight = new();
    readonly Stack<ImportBatch> _free = new();

    /// <summary>What is being filled.</summary>
    public ImportBatch Current { get; private set; } = new();

    public long Readings { get; private set; }
    public long Stored { get; private set; }
    public long Quarantined { get; private set; }

    public async Task PutAsync(RegistrySnapshot registry, CancellationToken stop)
    {
        if (Current.Count == 0) return;
        if (_inFlight.Count == MostInFlight) await SettleAsync(registry, stop);
        var batch = Current;
        try
        {
            _inFlight.Enqueue((await sink.PutAsync(batch.Of(source, clock.Now()), stop), batch));
        }
        catch (NotStoredException exception)
        {
            throw await BrokenOffAsync(exception, registry, stop);
        }
        Readings += batch.Count;
        progress?.Report(Readings);
        Current = _free.TryPop(out var free) ? free : new ImportBatch();
    }

    public async Task FinishAsync(RegistrySnapshot registry, CancellationToken stop)
    {
        await PutAsync(registry, stop);
        while (_inFlight.Count > 0) await SettleAsync(registry, stop);
    }

    async Task SettleAsync(RegistrySnapshot registry, CancellationToken stop)
    {
        var (ticket, batch) = _inFlight.Dequeue();
        try
        {
            Count(await ticket.WaitAsync(stop), batch, registry);
        }
        catch (NotStoredException exception)
        {
            throw await BrokenOffAsync(exception, registry, stop);
        }
    }

    void Count(IngestReceipt receipt, ImportBatch batch, RegistrySnapshot registry)
    {
        Stored += receipt.Stored;
        Quarantined += receipt.Quarantined.Count;
        foreach (var refusal in receipt.Quarantined)
        {
            var (reading, line) = batch[refusal.Index];
            var meter = registry.Meter(reading.Series.Meter)?.Code ?? "";
            faults.Add(line, meter, $"{refusal.Code}, in quarantine: {refusal.Detail}");
        }
        batch.Return(0);
        _free.Push(batch);
    }

    // Batches behind the one that failed may have been stored all the same: they are waited for and counted.
    async Task<NotStoredException> BrokenOffAsync(
        NotStoredException exception, RegistrySnapshot registry, CancellationToken stop)
    {
        while (_inFlight.TryDequeue(out var next))
        {
            await Task.WhenAny(next.Ticket).WaitAsync(stop);
            if (next.Ticket.IsCompletedSuccessfully) Count(await next.Ticket, next.Batch, registry);
        }
        return new NotStoredException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{exception.Message} {Stored} readings of the file are stored; import it again, that is harmless."),
            exception);
    }
}

/// <summary>Readings of a file with the lines they stand on.</summary>
sealed class ImportBatch
{
    public const int Size = 10_000;

    readonly List<Reading> _readings = [];
    readonly List<int> _lines = [];

    public int Count => _readings.Count;
    public bool IsFull => _readings.Count >= Size;

    public (Reading Reading, int Line) this[int position] => (_readings[position], _lines[position]);

    public void Add(in Reading reading, int line)
    {
        _readings.Add(reading);
        _lines.Add(line);
    }

    /// <summary>Takes back what came after the first so many.</summary>
    public void Return(int count)
    {
        _readings.RemoveRange(count, _readings.Count - count);
        _lines.RemoveRange(count, _lines.Count - count);
    }

    public IngestBatch Of(string source, Instant arrivedAt) =>
        new(source, arrivedAt, _readings, new Positions(_readings.Count), [], PayloadFormats.Csv, default);

    /// <summary>
    /// 0, 1, 2, …: each reading is its own item, so that a refusal names the cell and not only the row.
    /// </summary>
    sealed class Positions(int count) : IReadOnlyList<int>
    {
        public int Count => count;
        public int this[int index] => index;
        public IEnumerator<int> GetEnumerator() => Enumerable.Range(0, count).GetEnumerator();
        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
