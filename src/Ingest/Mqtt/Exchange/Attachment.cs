using System.Diagnostics.CodeAnalysis;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>How much one client takes.</summary>
/// <param name="InFlight">Messages of QoS 1 and 2 that may be unacknowledged at once.</param>
/// <param name="PacketBytes">The largest packet; what is larger is left out as if it had been sent (5.0 §3.1.2.11.4).</param>
readonly record struct ClientLimits(MqttVersion Version, int InFlight, long PacketBytes);

/// <summary>One connection's hold on a queue.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A semaphore without a wait handle has nothing to free.")]
sealed class Attachment(ClientLimits limits)
{
    readonly SemaphoreSlim _news = new(1, 1);

    public ClientLimits Limits => limits;

    /// <summary>Waits until there may be something to send.</summary>
    public Task WaitAsync(CancellationToken stop) => _news.WaitAsync(stop);

    /// <summary>Only under the queue's lock.</summary>
    public void Ring()
    {
        if (_news.CurrentCount == 0) _news.Release();
    }
}
