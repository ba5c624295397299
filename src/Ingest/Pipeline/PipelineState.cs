using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>How the pipeline is doing, for <c>/readyz</c>.</summary>
/// <param name="Waiting">Senders that wait for room.</param>
/// <param name="LastReceiptAt">When a commit last became durable; null before the first.</param>
/// <param name="FailingSince">When commits began to fail; null while they succeed, and a minute after the last attempt
/// where nothing more came to try with.</param>
/// <param name="LastFault">What went wrong last, in words, also after it went well again.</param>
/// <param name="IsStopped">It takes nothing more.</param>
public sealed record PipelineState(
    PipelineCounters Counters,
    int Waiting,
    Instant? LastReceiptAt,
    Instant? FailingSince,
    Instant? LastFaultAt,
    string? LastFault,
    bool IsStopped)
{
    public bool IsHealthy => FailingSince is null && !IsStopped;
}
