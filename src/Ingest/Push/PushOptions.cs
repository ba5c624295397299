namespace EnergyWatch.Ingest.Push;

/// <summary>How much one request may bring.</summary>
public sealed record PushOptions
{
    /// <summary>Bytes of a readings body, as sent and as unpacked.</summary>
    public long MaxBodyBytes { get; init; } = 32L << 20;

    /// <summary>
    /// Bytes of a CSV file, as sent and as unpacked. It is read in passing, so this bounds time, not memory.
    /// </summary>
    public long MaxImportBytes { get; init; } = 2L << 30;

    /// <summary>
    /// Bodies larger than <see cref="LargeBodyBytes"/> in memory at a time; others wait unread, and so does their
    /// sender.
    /// </summary>
    public int MaxLargeBodies { get; init; } = 8;

    public int LargeBodyBytes { get; init; } = 1 << 20;

    /// <summary>When a sender is asked to come again after storage could not take it.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(10);
}
