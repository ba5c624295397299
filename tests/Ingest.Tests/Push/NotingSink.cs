using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Tests.Push;

/// <summary>Passes batches on and notes which of their readings were stored, in order.</summary>
sealed class NotingSink(IReadingSink inner) : IReadingSink
{
    public List<Reading> Stored { get; } = [];

    public async ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop)
    {
        var receipt = await await inner.PutAsync(batch, stop);
        var refused = receipt.Quarantined.Select(refusal => refusal.Index).ToHashSet();
        Stored.AddRange(batch.Readings.Where((_, i) => !refused.Contains(batch.Indexes[i])));
        return Task.FromResult(receipt);
    }
}

/// <summary>Stores everything at once.</summary>
sealed class OpenSink : IReadingSink
{
    public ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop) =>
        ValueTask.FromResult(Task.FromResult(new IngestReceipt(batch.Readings.Count, batch.Readings.Count, [])));
}
