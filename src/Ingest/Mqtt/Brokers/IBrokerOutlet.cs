using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>The way out through a connection to a broker.</summary>
interface IBrokerOutlet
{
    /// <summary>
    /// Publishes. Completes when the broker has acknowledged it (QoS 1) or it is on its way (QoS 0). Where the connection
    /// is lost before the acknowledgement and the session is kept, it goes out again on the next connection and the wait
    /// goes on; to stop waiting does not take the message back.
    /// </summary>
    /// <param name="qos">0 or 1.</param>
    /// <returns>
    /// What the broker says, or what we know that it would: <see cref="ReasonCode.PacketTooLarge"/>,
    /// <see cref="ReasonCode.QosNotSupported"/>, <see cref="ReasonCode.RetainNotSupported"/> are not even sent. Below
    /// 0x80 it was taken.
    /// </returns>
    /// <exception cref="IOException">Not connected, or the session that it was sent in is gone.</exception>
    ValueTask<ReasonCode> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, int qos, bool retain, CancellationToken stop);
}
