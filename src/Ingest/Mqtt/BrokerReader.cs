using System.Buffers;
using System.IO.Pipelines;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Reads what a broker sends after CONNACK and hands the messages on. Returns never; throws why it ended.
/// </summary>
sealed class BrokerReader(BrokerOptions broker, MqttVersion version, ClientParts parts, Action subscribed)
{
    OversizedPublish? _oversized;

    public async Task ReadAsync(PipeReader input, Deliveries deliveries, IdleWatch watch, CancellationToken stop)
    {
        while (true)
        {
            var result = await input.ReadAsync(stop);
            watch.Heard();
            var buffer = result.Buffer;
            var before = buffer.Length;
            var messages = 0;
            var arrivedAt = parts.Clock.Now();
            try
            {
                while (TryRead(ref buffer, out var frame, out var oversize))
                {
                    if (frame.Type != PacketType.Publish)
                    {
                        Handle(frame);
                        continue;
                    }
                    messages++;
                    if (Receive(frame, oversize, arrivedAt, deliveries) is not { } waiting) continue;
                    // Not reading is the back-pressure; the silence is then ours, and the pings go on.
                    watch.IsDeaf = true;
                    await deliveries.AddWhenRoomAsync(waiting, stop);
                    watch.IsDeaf = false;
                }
            }
            finally
            {
                parts.Flow.Received(before - buffer.Length, messages);
                input.AdvanceTo(buffer.Start, buffer.End);
            }
            if (result.IsCompleted)
                throw new IOException(
                    buffer.IsEmpty ? "The broker closed." : $"The broker closed {buffer.Length} bytes into a packet.");
        }
    }

    /// <param name="oversize">Bytes of the whole packet, where the frame is only its head; else 0.</param>
    bool TryRead(ref ReadOnlySequence<byte> buffer, out MqttFrame frame, out long oversize)
    {
        (frame, oversize) = (default, 0);
        if (_oversized is null)
        {
            if (!MqttFraming.TryReadHeader(buffer, version, out var header)) return false;
            if (header.Type != PacketType.Publish || header.Total <= broker.MaxPacketBytes)
                return MqttFraming.TryRead(ref buffer, broker.MaxPacketBytes, version, out frame);
            _oversized = new OversizedPublish(header);
            buffer = buffer.Slice(header.Bytes);
        }
        if (!_oversized.Pass(ref buffer)) return false;
        (frame, oversize, _oversized) = (_oversized.Head, _oversized.Total, null);
        return true;
    }

    Delivery? Receive(in MqttFrame frame, long oversize, Instant arrivedAt, Deliveries deliveries)
    {
        var delivery = Delivery.Pool.Get();
        delivery.Fill(frame, version, arrivedAt);
        if (oversize > 0) RefuseOversize(delivery, oversize);
        if (delivery.Publish.Qos == 2) throw MqttProtocolException.Protocol("QoS 2 on a subscription of QoS 1.");
        if (delivery.Publish.Properties?.Number(PropertyId.TopicAlias) is not null)
            throw new MqttProtocolException(ReasonCode.TopicAliasInvalid, "A topic alias, and none was offered.");
        if (deliveries.TryBegin(delivery)) return deliveries.TryAdd(delivery) ? null : delivery;
        Delivery.Pool.Return(delivery);
        return null;
    }

    void RefuseOversize(Delivery delivery, long oversize)
    {
        var topic = Shown.Text(delivery.Publish.Topic.Span);
        var kept = delivery.CutPayload(QuarantinedPayload.MostBytes);
        delivery.Refusal = new Refusal(
            0, RefusalCodes.Malformed,
            $"The message to {topic} has {oversize} bytes, and {broker.MaxPacketBytes} are taken here: "
            + $"only the first {kept} bytes of its payload are kept.");
        parts.Log.BrokerMessageTooLarge(broker.Name, topic, oversize, broker.MaxPacketBytes);
    }

    void Handle(in MqttFrame frame)
    {
        switch (frame.Type)
        {
            case PacketType.PingResp:
                MqttPing.Judge(frame);
                return;
            case PacketType.SubAck:
                Judge(SubAckPacket.Read(frame.Type, frame.Contiguous(), version));
                return;
            case PacketType.Disconnect when version == MqttVersion.V5:
                var goodbye = DisconnectPacket.Read(frame.Type, frame.Contiguous(), version);
                throw new BrokerRefusedException(
                    $"The broker disconnected us: {goodbye.Reason} {goodbye.Properties.Text(PropertyId.ReasonString)}");
            default:
                throw MqttProtocolException.Protocol($"{frame.Type} is not expected from a broker.");
        }
    }

    void Judge(SubAckPacket packet)
    {
        var codes = packet.Codes.Span;
        if (codes.Length != broker.Topics.Count)
            throw MqttProtocolException.Protocol(
                $"SUBACK with {codes.Length} codes for {broker.Topics.Count} filters.");
        for (var i = 0; i < codes.Length; i++)
        {
            if (codes[i] >= 0x80)
                throw new BrokerRefusedException(
                    $"The subscription to {broker.Topics[i]} was refused with code {codes[i]}.");
            if (codes[i] == 0) parts.Log.BrokerGrantsLess(broker.Name, broker.Topics[i]);
        }
        subscribed();
    }
}
