using System.Buffers;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.AspNetCore.Connections;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>Messages out: what the client subscribed to, and how it answers.</summary>
sealed partial class GatewayConnection
{
    // In one turn of the output: no message of the new subscription can overtake its SUBACK.
    ValueTask SubscribeAsync(SubscribePacket packet, CancellationToken stop)
    {
        JudgeAnswer(PacketType.SubAck, packet.Subscriptions.Count);
        return _output.SendAsync((Self: this, packet), static (output, work) =>
        {
            var (self, packet) = work;
            var codes = self.Subscribe(packet);
            new SubAckPacket(PacketType.SubAck, packet.PacketId, codes, MqttProperties.None).Write(output, self._version);
        }, stop);
    }

    // A filter that stands twice is sent its retained messages once.
    byte[] Subscribe(SubscribePacket packet)
    {
        var identifier = packet.Properties.Number(PropertyId.SubscriptionIdentifier) ?? 0;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var codes = new byte[packet.Subscriptions.Count];
        string? refused = null;
        for (var i = 0; i < codes.Length; i++)
        {
            var asked = packet.Subscriptions[i];
            var code = Subscribe(seen.Add(asked.Filter) ? asked : asked.WithoutRetained(), identifier);
            codes[i] = (byte)code;
            if ((byte)code < 0x80) continue;
            refused ??= $"It may not subscribe to {Shown.Text(asked.Filter)}: {code}.";
            parts.Flow.RefusedTopic();
            // 3.1.1 knows one refusal only (§3.9.3).
            if (_version == MqttVersion.V311) codes[i] = ReturnCode311.SubscriptionFailure;
        }
        if (refused is not null) Fault(_arrivedAt, refused);
        return codes;
    }

    // Below 0x80 the code is the QoS that is granted.
    ReasonCode Subscribe(Subscription asked, uint identifier)
    {
        if (MqttTopic.IsShared(asked.Filter)) return ReasonCode.SharedSubscriptionsNotSupported;
        if (!_access!.MaySubscribe(asked.Filter)) return ReasonCode.NotAuthorized;
        var outcome = parts.Exchange.Subscribe(_session!, asked, identifier);
        parts.Flow.PassedOn(outcome.Queued, outcome.Dropped);
        return outcome.IsGranted ? (ReasonCode)asked.Qos : ReasonCode.QuotaExceeded;
    }

    ValueTask UnsubscribeAsync(UnsubscribePacket packet, CancellationToken stop)
    {
        JudgeAnswer(PacketType.UnsubAck, packet.Filters.Count);
        var codes = packet.Filters.Select(filter => (byte)(
            parts.Exchange.Unsubscribe(_session!, filter) ? ReasonCode.Success : ReasonCode.NoSubscriptionExisted)).ToArray();
        return _output.SendAsync(
            (Packet: new SubAckPacket(PacketType.UnsubAck, packet.PacketId, codes, MqttProperties.None), _version),
            static (output, work) => work.Packet.Write(output, work._version), stop);
    }

    // Who takes smaller packets only than what it asks for can be told of it could not be answered at all (5.0
    // [MQTT-3.1.2-24]); better than to do what it asks and not to say so.
    void JudgeAnswer(PacketType type, int codes)
    {
        var remaining = 2 + (_version == MqttVersion.V5 ? 1 : 0) + codes;
        if (MqttFraming.HeaderBytesOf(remaining) + remaining > _attachment!.Limits.PacketBytes)
            throw new MqttProtocolException(
                ReasonCode.PacketTooLarge, $"{type} with {codes} codes is larger than the client takes.");
    }

    /// <summary>What the client says of a message we sent: PUBACK, PUBREC or PUBCOMP.</summary>
    ValueTask TakeAnswerAsync(in AckPacket packet, CancellationToken stop) =>
        _session!.Outgoing.Acknowledge(_attachment!, packet)
            ? SendAckAsync(new AckPacket(PacketType.PubRel, packet.PacketId), stop)
            : default;

    // Sends until the connection ends; as much as may go out at once is one write.
    async Task SendAsync(CancellationToken stop)
    {
        var more = new Unsent(_session!.Outgoing, _attachment!);
        using var onStop = stop.UnsafeRegister(
            static (attachment, stop) => ((Attachment)attachment!).End(stop), _attachment);
        try
        {
            while (true)
            {
                await _attachment!.WaitAsync();
                do await _output.SendAsync(more, static (output, work) => work.Write(output), stop);
                while (more.IsAny);
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
        catch (Exception exception)
        {
            // A connection that is deaf to commands must not look alive.
            parts.Log.ConnectionFault(exception, address);
            End(EndCause.Fault, ReasonCode.UnspecifiedError, exception.Message);
        }
    }

    sealed class Unsent(OutgoingQueue queue, Attachment attachment)
    {
        public bool IsAny { get; private set; }

        public void Write(IBufferWriter<byte> output) => IsAny = queue.Write(attachment, output);
    }
}
