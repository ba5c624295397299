using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>When to connect again. Pure: it only answers, the caller waits.</summary>
sealed class BrokerRetry(TimeProvider clock, TimeSpan first, TimeSpan longest, Func<double> jitter)
{
    static readonly TimeSpan FirstAfterTakeOver = TimeSpan.FromSeconds(5);
    static readonly TimeSpan LongestAfterTakeOver = TimeSpan.FromMinutes(15);

    readonly RetrySchedule _lost = new(clock, first, longest, jitter);

    // Two processes under one client id throw each other out. Each of their connections may well last for minutes, so
    // only one that outlasts every pause of the other ends the growth.
    readonly RetrySchedule _takenOver = new(clock, FirstAfterTakeOver, LongestAfterTakeOver, jitter);

    /// <summary>
    /// A connection that lasted so long was a success, whatever ended it. It is longer than the longest pause: a 3.1.1
    /// broker gives no reason, and one that is taken over time and again must not begin anew each time either.
    /// </summary>
    public TimeSpan StableAfter { get; } = longest > TimeSpan.FromSeconds(30) ? 2 * longest : TimeSpan.FromMinutes(1);

    /// <summary>Connections in a row that ended soon.</summary>
    public int Failures => _lost.Failures;

    /// <param name="lasted">How long the connection was good; null where it never was.</param>
    public TimeSpan PauseAfter(Exception fault, TimeSpan? lasted)
    {
        if (lasted >= StableAfter) _lost.Succeeded();
        if (lasted >= 2 * LongestAfterTakeOver) _takenOver.Succeeded();
        return fault is BrokerLeftException { Reason: ReasonCode.SessionTakenOver }
            ? _takenOver.Failed()
            : _lost.Failed();
    }
}
