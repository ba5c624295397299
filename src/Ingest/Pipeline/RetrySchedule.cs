using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// When to try again after failures: pauses double from <paramref name="first"/> to <paramref name="longest"/>, each
/// shortened by up to a quarter at random so that many do not try at once. Pure: it only answers, the caller waits.
/// </summary>
/// <param name="jitter">A number from 0 up to 1 for each pause.</param>
sealed class RetrySchedule(TimeProvider clock, TimeSpan first, TimeSpan longest, Func<double> jitter)
{
    /// <summary>Failures since the last success.</summary>
    public int Failures { get; private set; }

    /// <summary>The first failure since the last success; null while all is well.</summary>
    public Instant? FailingSince { get; private set; }

    /// <summary>Notes a failure and answers how long to wait before the next try.</summary>
    public TimeSpan Failed()
    {
        FailingSince ??= clock.Now();
        var pause = first * Math.Pow(2, Math.Min(Failures, 30));
        Failures++;
        return (pause < longest ? pause : longest) * (1 - jitter() / 4);
    }

    public void Succeeded() => (Failures, FailingSince) = (0, null);
}
