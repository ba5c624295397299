namespace EnergyWatch.Ingest.Pipeline;

/// <summary>How much the pipeline holds, how long it tries, and what it takes for plausible.</summary>
public sealed record PipelineOptions
{
    /// <summary>Readings in flight before <see cref="IReadingSink.PutAsync"/> waits. A payload counts as one reading
    /// for each 256 bytes at least.</summary>
    public int Capacity { get; init; } = 200_000;

    /// <summary>Readings of one commit at most; a larger batch is committed alone.</summary>
    public int MaxBatch { get; init; } = 50_000;

    /// <summary>How long a commit is tried again before its tickets fail.</summary>
    public TimeSpan RetryLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a stop may take to write what was taken.</summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(15);

    public TimeSpan FieldStateInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A gateway whose clock is further from ours than this has a fault; zero is no limit.</summary>
    public TimeSpan ClockDriftLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A reading before this moment is refused: no meter of ours is older.</summary>
    public DateTimeOffset Earliest { get; init; } = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A reading further ahead of our clock than this is refused.</summary>
    public TimeSpan FutureTolerance { get; init; } = TimeSpan.FromMinutes(10);
}
