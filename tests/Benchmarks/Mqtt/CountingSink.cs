using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>Counts what was decoded, and stores nothing: what the way to the sink costs.</summary>
sealed class CountingSink : IReadingSink
{
    static readonly Task<IngestReceipt> Stored =
        Task.FromResult(new IngestReceipt(LoadGateways.ReadingsEach, LoadGateways.ReadingsEach, []));

    long _readings;

    /// <summary>Whole messages.</summary>
    public long Messages => Interlocked.Read(ref _readings) / LoadGateways.ReadingsEach;

    public ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop)
    {
        Count(batch);
        return ValueTask.FromResult(Stored);
    }

    public ValueTask<Task<IngestReceipt>> PutAllAsync(IReadOnlyList<IngestBatch> batches, CancellationToken stop)
    {
        for (var i = 0; i < batches.Count; i++) Count(batches[i]);
        return ValueTask.FromResult(Stored);
    }

    void Count(IngestBatch batch)
    {
        if (batch.Refusals.Count > 0) throw new InvalidOperationException(batch.Refusals[0].Detail);
        Interlocked.Add(ref _readings, batch.Readings.Count);
    }
}
