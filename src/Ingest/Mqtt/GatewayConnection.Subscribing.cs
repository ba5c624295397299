using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.AspNetCore.Connections;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>Messages out: what the client subscribed to, and how it answers.</summary>
sealed partial class GatewayConnection
{
    // In one turn of the output: no message of the new subscription can overtake its SUBACK.
    ValueTask SubscribeAsync(SubscribePacket packet, CancellationToken stop) =>
        _output.SendAsync((Self: this, packet), static (output, work) =>
        {
            var (self, packet) = work;
            var codes = packet.Subscriptions.Select(one => (byte)self.Subscribe(one, packet.Properties)).ToArray();
            new SubAckPacket(PacketType.SubAck, packet.PacketId, codes, MqttProperties.None).Write(output, self._version);
        }, stop);

    // Below 0x80 the code is the QoS that is granted. 3.1.1 knows one refusal only (§3.9.3).
    ReasonCode Subscribe(Subscription asked, MqttProperties properties)
    {
        var refusal = RefusalOf(asked.Filter);
        if (refusal == ReasonCode.Success)
        {
            var identifier = properties.Number(PropertyId.SubscriptionIdentifier) ?? 0;
            if (parts.Exchange.Subscribe(_session!, asked, identifier)) return (ReasonCode)asked.Qos;
            refusal = ReasonCode.QuotaExceeded;
        }
        parts.Flow.RefusedTopic();
        Fault(_arrivedAt, $"It may not subscribe to {Shown.Text(asked.Filter)}: {refusal}.");
        return _version == MqttVersion.V5 ? refusal : (ReasonCode)ReturnCode311.SubscriptionFailure;
    }

    ReasonCode RefusalOf(string filter)
    {
        if (MqttTopic.IsShared(filter)) return ReasonCode.SharedSubscriptionsNotSupported;
        return _access!.MaySubscribe(filter) ? ReasonCode.Success : ReasonCode.NotAuthorized;
    }

    ValueTask UnsubscribeAsync(UnsubscribePacket packet, CancellationToken stop)
    {
        var codes = packet.Filters.Select(filter => (byte)(
            parts.Exchange.Unsubscribe(_session!, filter) ? ReasonCode.Success : ReasonCode.NoSubscriptionExisted)).ToArray();
        return _output.SendAsync(
            (Packet: new SubAckPacket(PacketType.UnsubAck, packet.PacketId, codes, MqttProperties.None), _version),
            static (output, work) => work.Packet.Write(output, work._version), stop);
    }

    /// <summary>What the client says of a message we sent: PUBACK, PUBREC or PUBCOMP.</summary>
    ValueTask TakeAnswerAsync(in AckPacket packet, CancellationToken stop) =>
        _session!.Outgoing.Acknowledge(_attachment!, packet)
            ? SendAckAsync(new AckPacket(PacketType.PubRel, packet.PacketId), stop)
            : default;

    // Sends until the connection ends; as much as may go out at once is one write.
    async Task SendAsync(CancellationToken stop)
    {
        var queue = _session!.Outgoing;
        try
        {
            while (true)
            {
                await _attachment!.WaitAsync(stop);
                for (var more = new Unsent(queue, _attachment); more.IsAny;)
                    await _output.SendAsync(more, static (output, work) => work.Write(output), stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The connection ends.
        }
        catch (Exception exception) when (exception is IOException or ConnectionAbortedException)
        {
            End(EndCause.Lost, ReasonCode.Success, exception.Message);
        }
    }

    sealed class Unsent(OutgoingQueue queue, OutgoingQueue.Attachment attachment)
    {
        public bool IsAny { get; private set; } = true;

        public void Write(System.Buffers.IBufferWriter<byte> output) => IsAny = queue.Write(attachment, output);
    }
}
