using System.Buffers;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Messages larger than we take. A 5.0 client was told the limit and is disconnected (5.0 §3.1.2.11.4). A 3.1.1 gateway
/// knows none: were it disconnected, it would send the same message first when it comes back, and nothing behind it would
/// ever arrive. So that message goes past, its head to the quarantine, and it is acknowledged.
/// </summary>
sealed partial class GatewayConnection
{
    /// <summary>What is larger than so many of the largest packets is no gateway's message, and ends the connection.</summary>
    const int LargestLetPast = 16;

    OversizedPublish? _passing;

    /// <summary>The next packet; false while it is not complete.</summary>
    /// <param name="oversize">Bytes of the whole packet, where the frame is only its head; else 0.</param>
    bool TryTake(ref ReadOnlySequence<byte> buffer, IdleWatch watch, out MqttFrame frame, out long oversize)
    {
        oversize = 0;
        if (_passing is null)
        {
            try
            {
                return MqttFraming.TryRead(ref buffer, parts.Options.MaxPacketBytes, _version, out frame);
            }
            catch (MqttProtocolException exception) when (exception.Reason == ReasonCode.PacketTooLarge && MayPass(buffer))
            {
                MqttFraming.TryReadHeader(buffer, _version, out var header);
                _passing = new OversizedPublish(header);
                buffer = buffer.Slice(header.Bytes);
            }
        }
        frame = default;
        watch.Heard();
        if (!_passing.Pass(ref buffer)) return false;
        (frame, oversize, _passing) = (_passing.Head, _passing.Total, null);
        return true;
    }

    bool MayPass(in ReadOnlySequence<byte> buffer) =>
        _version == MqttVersion.V311 && Gateway is not null
            && MqttFraming.TryReadHeader(buffer, _version, out var header) && header.Type == PacketType.Publish
            && header.Total <= (long)parts.Options.MaxPacketBytes * LargestLetPast;

    /// <summary>Has it kept in the quarantine, and passed on to nobody: it is not whole.</summary>
    void RefuseOversize(Delivery delivery, long oversize)
    {
        if (delivery.Verdict != ReasonCode.Success) return;
        var topic = Shown.Text(delivery.Publish.Topic.Span);
        delivery.Refusal = new Refusal(
            0, RefusalCodes.Malformed,
            $"The message to {topic} has {oversize} bytes, and {parts.Options.MaxPacketBytes} are taken here: "
            + $"only the first {delivery.Publish.Payload.Length} bytes of its payload are kept.");
        (delivery.Gateway, delivery.BypassesSink, delivery.IsPassedOn) = (_access!.Owner, false, false);
    }
}
