namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// What became of the readings and refusals the pipeline took, since it started. At every moment
/// <c>Received = Stored + Quarantined + Pending</c>: what storage could not take was given back to its sender and
/// counts as <c>Returned</c>, no longer as received. A reading counts as stored when the store said so, also where a
/// later one of the same instant took its place in the same commit.
/// </summary>
public sealed record PipelineCounters(long Received, long Stored, long Quarantined, long Pending, long Returned);

/// <summary>Keeps the counters so that no reader ever sees half a step.</summary>
sealed class Tally
{
    readonly Lock _lock = new();
    long _received;
    long _stored;
    long _quarantined;
    long _pending;
    long _returned;

    public PipelineCounters Now
    {
        get { lock (_lock) return new(_received, _stored, _quarantined, _pending, _returned); }
    }

    public void Take(int count)
    {
        lock (_lock) (_received, _pending) = (_received + count, _pending + count);
    }

    public void Settle(int stored, int quarantined)
    {
        lock (_lock)
            (_stored, _quarantined, _pending) =
                (_stored + stored, _quarantined + quarantined, _pending - stored - quarantined);
    }

    public void Return(int count)
    {
        lock (_lock) (_received, _pending, _returned) = (_received - count, _pending - count, _returned + count);
    }
}
