using System.Buffers;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// What is done with each packet. Nothing here waits for storage; only a full window holds messages back.
/// </summary>
sealed partial class GatewayConnection
{
    Deliveries? _deliveries;
    OwnTopics _ownTopics = new([], []);
    Instant _arrivedAt;
    bool _saidGoodbye;
    bool _saidUnread;

    async Task ReadAsync(IdleWatch watch, CancellationToken stop)
    {
        while (true)
        {
            var result = await _input.ReadAsync(stop);
            var buffer = result.Buffer;
            var before = buffer.Length;
            var messages = 0;
            Delivery? waiting = null;
            _arrivedAt = parts.Now;
            try
            {
                while (!_saidGoodbye && waiting is null
                    && MqttFraming.TryRead(ref buffer, parts.Options.MaxPacketBytes, _version, out var frame))
                {
                    watch.Heard();
                    if (frame.Type == PacketType.Publish)
                    {
                        messages++;
                        waiting = Receive(frame);
                        continue;
                    }
                    var handling = HandleAsync(frame, _consumed + before - buffer.Length, stop);
                    if (!handling.IsCompletedSuccessfully) await handling;
                }
            }
            finally
            {
                parts.Flow.Received(before - buffer.Length, messages);
                if (messages > 0) parts.Intake.Seen(_gateway!.Code, _arrivedAt);
                _consumed += before - buffer.Length;
                _input.AdvanceTo(buffer.Start, buffer.End);
            }
            if (waiting is not null)
            {
                await HoldBackAsync(waiting, watch, stop);
                continue;
            }
            if (_saidGoodbye) End(EndCause.Disconnected, ReasonCode.Success, "it said so");
            else if (result.IsCompleted) EndOfStream(buffer.Length);
            else continue;
            return;
        }
    }

    void EndOfStream(long left)
    {
        if (left == 0) End(EndCause.Closed, ReasonCode.Success, "closed without DISCONNECT");
        else End(EndCause.Truncated, ReasonCode.Success, $"closed {left} bytes into a packet");
    }

    /// <param name="end">Where the frame ends in all that was ever received, in bytes.</param>
    ValueTask HandleAsync(in MqttFrame frame, long end, CancellationToken stop)
    {
        switch (frame.Type)
        {
            case PacketType.PingReq:
                MqttPing.Judge(frame);
                return end <= _seenAhead ? default : _output.PingAsync(PacketType.PingResp, stop);
            case PacketType.Subscribe:
                return RefuseSubscriptionsAsync(SubscribePacket.Read(frame.Contiguous(), _version), stop);
            case PacketType.Unsubscribe:
                return UnsubscribeAsync(UnsubscribePacket.Read(frame.Contiguous(), _version), stop);
            case PacketType.Disconnect:
                TakeLeave(DisconnectPacket.Read(frame.Type, frame.Contiguous(), _version));
                return default;
            case PacketType.Connect:
                throw MqttProtocolException.Protocol("A second CONNECT.");
            default:
                throw MqttProtocolException.Protocol($"{frame.Type} is not expected from a gateway.");
        }
    }

    /// <summary>Takes a message in; returns it where the window is full and it has to wait.</summary>
    Delivery? Receive(in MqttFrame frame)
    {
        var delivery = Delivery.Pool.Get();
        delivery.Fill(frame, _version, _arrivedAt);
        Judge(delivery.Publish);
        var topic = delivery.Publish.Topic.Span;
        if (topic.SequenceEqual(_ownTopics.Readings)) delivery.Gateway = _gateway!.Code;
        else if (topic.StartsWith(_ownTopics.Prefix)) Unread(delivery);
        else delivery.Verdict = Refused(delivery.Publish);
        var isForUs = delivery.Gateway is not null || delivery.Publish.Qos > 0;
        if (isForUs && _deliveries!.TryBegin(delivery)) return _deliveries.TryAdd(delivery) ? null : delivery;
        Delivery.Pool.Return(delivery);
        return null;
    }

    void Judge(in PublishPacket publish)
    {
        if (publish.Qos == 2)
            throw new MqttProtocolException(
                ReasonCode.QosNotSupported, "QoS 2 is not offered here: publish with QoS 1.");
        if (publish.Properties?.Number(PropertyId.TopicAlias) is not null)
            throw new MqttProtocolException(ReasonCode.TopicAliasInvalid, "Topic aliases are not offered here.");
        if (publish.Properties?.Number(PropertyId.SubscriptionIdentifier) is not null)
            throw MqttProtocolException.Protocol("A subscription identifier from a client.");
        // 3.1.1 has no way to say that nothing is retained here; the message counts all the same.
        if (publish.Retain && _version == MqttVersion.V5)
            throw new MqttProtocolException(ReasonCode.RetainNotSupported, "Retained messages are not offered here.");
    }

    // An acknowledgement promises that a message is kept, and 3.1.1 knows no other answer: what nobody reads goes to
    // the quarantine. At QoS 0 nothing is promised, and it is only counted.
    void Unread(Delivery delivery)
    {
        parts.Flow.Unread();
        var topic = Shown.Text(delivery.Publish.Topic.Span);
        var detail = $"Nobody reads {topic}: readings go to {OwnTopics.ReadingsOf(_gateway!)}.";
        if (!_saidUnread)
        {
            _saidUnread = true;
            parts.Log.TopicUnread(_gateway!.Code, topic);
            parts.Intake.Fault(_gateway.Code, _arrivedAt, detail);
        }
        if (delivery.Publish.Qos == 0) return;
        delivery.Gateway = _gateway!.Code;
        delivery.Refusal = new Refusal(0, RefusalCodes.NotThisGateway, detail);
    }

    // Somebody else's topic: never stored. 3.1.1 knows no refusal but closing (§3.3.5).
    ReasonCode Refused(in PublishPacket publish)
    {
        parts.Flow.RefusedTopic();
        var detail = $"It may not publish to {Shown.Text(publish.Topic.Span)}.";
        if (_version == MqttVersion.V311)
        {
            End(EndCause.RefusedTopic, ReasonCode.NotAuthorized, detail);
            throw new MqttProtocolException(ReasonCode.NotAuthorized, detail);
        }
        parts.Intake.Fault(_gateway!.Code, _arrivedAt, detail);
        return ReasonCode.NotAuthorized;
    }

    /// <summary>The answer to a stored message: 0x00, or 0x99 where something of it went to the quarantine.</summary>
    void Answer(Delivery delivery, IngestReceipt receipt)
    {
        if (receipt.Quarantined.Count == 0) return;
        var first = receipt.Quarantined[0];
        var quarantined = receipt.Received - receipt.Stored;
        var detail = $"{quarantined} of {receipt.Received} quarantined, first {first.Code}: {first.Detail}";
        parts.Intake.Fault(_gateway!.Code, delivery.ArrivedAt, detail);
        if (_version == MqttVersion.V311) return;
        delivery.Verdict = ReasonCode.PayloadFormatInvalid;
        delivery.Explanation = Explain(detail);
    }

    ValueTask RefuseSubscriptionsAsync(SubscribePacket packet, CancellationToken stop)
    {
        var codes = packet.Subscriptions.Select(one => (byte)RefusalOf(one.Filter, packet.Properties)).ToArray();
        return SendSubAckAsync(new SubAckPacket(PacketType.SubAck, packet.PacketId, codes, MqttProperties.None), stop);
    }

    // Commands to gateways are not offered yet, and every filter is told so; the connection goes on.
    ReasonCode RefusalOf(string filter, MqttProperties properties)
    {
        if (_version == MqttVersion.V311) return (ReasonCode)ReturnCode311.SubscriptionFailure;
        if (!MqttTopic.IsFilter(filter)) return ReasonCode.TopicFilterInvalid;
        if (properties.Number(PropertyId.SubscriptionIdentifier) is not null)
            return ReasonCode.SubscriptionIdentifiersNotSupported;
        if (MqttTopic.IsShared(filter)) return ReasonCode.SharedSubscriptionsNotSupported;
        return filter.AsSpan().IndexOfAny('+', '#') >= 0
            ? ReasonCode.WildcardSubscriptionsNotSupported
            : ReasonCode.NotAuthorized;
    }

    ValueTask UnsubscribeAsync(UnsubscribePacket packet, CancellationToken stop)
    {
        var codes = new byte[packet.Filters.Count];
        Array.Fill(codes, (byte)ReasonCode.NoSubscriptionExisted);
        return SendSubAckAsync(
            new SubAckPacket(PacketType.UnsubAck, packet.PacketId, codes, MqttProperties.None), stop);
    }

    ValueTask SendSubAckAsync(SubAckPacket packet, CancellationToken stop) =>
        _output.SendAsync((packet, _version), static (output, work) => work.packet.Write(output, work._version), stop);

    void TakeLeave(DisconnectPacket packet)
    {
        if (packet.Properties.Number(PropertyId.SessionExpiryInterval) is { } seconds)
        {
            if (seconds > 0 && _sessionExpiry == TimeSpan.Zero)
                throw MqttProtocolException.Protocol("A session expiry at DISCONNECT where CONNECT had none.");
            _sessionExpiry = AtMost(seconds);
        }
        _saidGoodbye = true;
    }

    MqttProperties? Explain(string detail) =>
        _wantsReasons
            ? new MqttProperties([new(PropertyId.ReasonString, Text: detail[..Math.Min(detail.Length, 300)])])
            : null;
}
