using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Domain.Series;

/// <summary>
/// The write half of the time-series port.
/// <para>Durable when it returns: a reading it accepted survives a power cut. Idempotent on (series, instant): the last write wins.
/// A reading it rejects is named with its reason and does not harm its neighbours.</para>
/// <para>It throws <see cref="SeriesStoreException"/> when it cannot say what became of the batch. It does not retry and does not
/// catch: the pipeline that owns the batch writes it again, which is harmless.</para>
/// </summary>
public interface ISeriesWriter
{
    /// <summary>Writes one batch. The memory may be reused by the caller as soon as the task has completed.</summary>
    ValueTask<WriteReceipt> WriteAsync(ReadOnlyMemory<Reading> batch, CancellationToken stop);
}

/// <summary>What became of a batch: how many readings are durable, and which were rejected and why (index into the batch).</summary>
public readonly record struct WriteReceipt(int Accepted, IReadOnlyList<Refusal> Rejected)
{
    public static WriteReceipt All(int count) => new(count, []);
}

/// <summary>The series store could not take or give data just now; nothing is known of the batch, so it must be tried again.</summary>
public sealed class SeriesStoreException(string message, Exception? inner = null) : Exception(message, inner);
