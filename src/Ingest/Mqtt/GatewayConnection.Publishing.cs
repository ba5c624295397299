using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Messages in: readings go to the pipeline, any other to the clients that subscribed. All are acknowledged in the order
/// of receipt, readings after their receipt.
/// </summary>
sealed partial class GatewayConnection
{
    ReadOnlyMemory<byte>[] _aliases = [];
    (int Version, bool HasSubscriber) _ownReadings = (-1, false);
    bool _saidUnread;

    /// <summary>Takes a message in; returns it where the window is full and it has to wait.</summary>
    /// <param name="oversize">Bytes of the whole packet, where the frame is only its head; else 0.</param>
    ValueTask<Delivery?> ReceiveAsync(in MqttFrame frame, long oversize, CancellationToken stop)
    {
        var delivery = Delivery.Pool.Get();
        delivery.Fill(frame, _version, _arrivedAt);
        Judge(delivery);
        if (oversize > 0) delivery.CutPayload(QuarantinedPayload.MostBytes);
        if (delivery.Publish.Qos == 2 && _session!.Received.Holds(delivery.Publish))
        {
            var id = delivery.Publish.PacketId;
            Delivery.Pool.Return(delivery);
            // In flight its answer is on the way.
            return _deliveries!.IsInFlight(id) ? default : AnswerAgainAsync(new AckPacket(PacketType.PubRec, id), stop);
        }
        Route(delivery);
        if (oversize > 0) RefuseOversize(delivery, oversize);
        if (delivery.BypassesSink && delivery.IsPassedOn) return PassOnAtOnceAsync(delivery, stop);
        return new ValueTask<Delivery?>(delivery.Gateway is null && delivery.Publish.Qos == 0 ? Drop(delivery) : Enqueue(delivery));
    }

    Delivery? Enqueue(Delivery delivery)
    {
        if (!_deliveries!.TryBegin(delivery)) return Drop(delivery);
        return _deliveries.TryAdd(delivery) ? null : delivery;
    }

    static Delivery? Drop(Delivery delivery)
    {
        Delivery.Pool.Return(delivery);
        return null;
    }

    // What is for others only waits for no storage: a SUBSCRIBE behind it finds it done. Where nothing before it is
    // still to be acknowledged, it is acknowledged in the same turn of the output, before any copy goes out.
    async ValueTask<Delivery?> PassOnAtOnceAsync(Delivery delivery, CancellationToken stop)
    {
        delivery.IsPassedOn = false;
        if (delivery.Publish.Qos == 0)
        {
            PassOn(delivery);
            return Drop(delivery);
        }
        if (!_deliveries!.TryBegin(delivery)) return Drop(delivery);
        if (_deliveries.Count > 0)
        {
            PassOn(delivery);
            // Should the connection end before its turn, it must not be passed on again; but what is for the quarantine
            // must come again.
            if (delivery.BypassesSink) Remember(delivery);
            return _deliveries.TryAdd(delivery) ? null : delivery;
        }
        await _output.SendAsync((Self: this, delivery), static (output, work) =>
        {
            var (self, delivery) = work;
            self.PassOn(delivery);
            if (!delivery.BypassesSink) return;
            self.Settle(delivery, null);
            self._deliveries!.AnswerOf(delivery).Write(output, self._version);
        }, stop);
        if (!delivery.BypassesSink) return _deliveries.TryAdd(delivery) ? null : delivery;
        parts.Flow.Acknowledged(1);
        return Drop(delivery);
    }

    // MQTT 5.0 §3.3.2: the topic, or the alias that stands for it.
    void Judge(Delivery delivery)
    {
        var publish = delivery.Publish;
        if (publish.Properties is not { } properties) return;
        if (properties.Number(PropertyId.SubscriptionIdentifier) is not null)
            throw MqttProtocolException.Protocol("A subscription identifier from a client.");
        if (properties.Number(PropertyId.TopicAlias) is not { } alias) return;
        if (alias > parts.Options.TopicAliasMaximum)
            throw new MqttProtocolException(
                ReasonCode.TopicAliasInvalid, $"Topic alias {alias}, and {parts.Options.TopicAliasMaximum} is the last.");
        if (_aliases.Length == 0) _aliases = new ReadOnlyMemory<byte>[parts.Options.TopicAliasMaximum];
        if (!publish.Topic.IsEmpty)
        {
            JudgeName(publish.Topic.Span);
            _aliases[alias - 1] = publish.Topic.ToArray();
        }
        else if (_aliases[alias - 1].IsEmpty)
            throw MqttProtocolException.Protocol($"Topic alias {alias} was never set.");
        else delivery.NameTopic(_aliases[alias - 1]);
    }

    static void JudgeName(ReadOnlySpan<byte> topic)
    {
        if (!MqttTopic.IsPlain(topic) || !MqttTopic.HasFewLevels(topic))
            throw MqttProtocolException.Malformed("PUBLISH to a topic with a control character, or of too many levels.");
    }

    void Route(Delivery delivery)
    {
        var topic = delivery.Publish.Topic.Span;
        delivery.Gateway = _access!.ReadingsIn(topic);
        if (delivery.Gateway is not null)
        {
            delivery.IsPassedOn = delivery.Publish.Retain || HasReadingsSubscriber(topic);
            return;
        }
        JudgeName(topic);
        if (_access.Speaks(topic, out var isItsOwn))
        {
            (delivery.Gateway, delivery.Dialect) = (_access.Owner, _access.Dialect);
            // A topic that names no gateway may be another's too: neither is retained in the place of the other.
            delivery.IsPassedOn = isItsOwn && (delivery.Publish.Retain || parts.Exchange.HasSubscriber(topic));
            return;
        }
        delivery.BypassesSink = true;
        if (_access.MayPublish(topic)) delivery.IsPassedOn = true;
        else delivery.Verdict = Refused(delivery.Publish);
    }

    // Asked for every reading: what is known stays true until somebody subscribes or leaves.
    bool HasReadingsSubscriber(ReadOnlySpan<byte> topic)
    {
        var version = parts.Exchange.Version;
        if (_ownReadings.Version == version) return _ownReadings.HasSubscriber;
        _ownReadings = (version, parts.Exchange.HasSubscriber(topic));
        return _ownReadings.HasSubscriber;
    }

    // 3.1.1 has no word for it; of QoS 2 the client learns it nowhere else either.
    void NobodyListens(Delivery delivery)
    {
        if (_version == MqttVersion.V5 && delivery.Publish.Qos == 1) delivery.Verdict = ReasonCode.NoMatchingSubscribers;
    }

    // An acknowledgement promises that a message is kept, and 3.1.1 knows no other answer: what nobody but its sender
    // takes goes to the quarantine, for it may be readings under a wrong name. That it is retained is no promise: that
    // is in memory, and the next one replaces it. At QoS 0 nothing is promised, and it is only counted.
    void Unread(Delivery delivery, PublishOutcome outcome)
    {
        parts.Flow.Unread();
        var topic = Shown.Text(delivery.Publish.Topic.Span);
        var detail = outcome.Dropped > 0
            ? $"Nobody who subscribed to {topic} has room: readings go to {_access!.ReadingsTopic}."
            : $"Nobody reads {topic}: readings go to {_access!.ReadingsTopic}.";
        if (!_saidUnread)
        {
            _saidUnread = true;
            parts.Log.TopicUnread(_access.Owner, topic);
            Fault(_arrivedAt, detail);
        }
        if (delivery.Publish.Qos == 0) return;
        delivery.Gateway = _access.Owner;
        delivery.BypassesSink = false;
        delivery.Refusal = new Refusal(0, RefusalCodes.NotThisGateway, detail);
        if (!outcome.IsRetained || outcome.Dropped > 0) delivery.VerdictInQuarantine = ReasonCode.QuotaExceeded;
        else if (delivery.Publish.Retain)
            delivery.VerdictInQuarantine =
                delivery.Publish.Qos == 1 ? ReasonCode.NoMatchingSubscribers : ReasonCode.Success;
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
        Fault(_arrivedAt, detail);
        return ReasonCode.NotAuthorized;
    }

    /// <summary>
    /// The answer to a message whose turn has come: 0x00 where all of it is kept, 0x99 where something of it went to the
    /// quarantine. What is for others goes to them now, and not before.
    /// </summary>
    void Settle(Delivery delivery, IngestReceipt? receipt)
    {
        var isPassedOn = delivery.IsPassedOn && delivery.Verdict is ReasonCode.Success;
        if (receipt is { Quarantined.Count: > 0 }) Quarantined(delivery, receipt);
        if (isPassedOn && !IsRevoked) PassOn(delivery);
        Remember(delivery);
    }

    void Remember(Delivery delivery)
    {
        // The identifiers of a session that was taken over are the new connection's: it may have released this one.
        if (delivery.Publish.Qos == 2 && (byte)delivery.Verdict < 0x80 && _session!.Connection == this)
            _session.Received.Add(delivery.Publish);
    }

    void Quarantined(Delivery delivery, IngestReceipt receipt)
    {
        var first = receipt.Quarantined[0];
        var quarantined = receipt.Received - receipt.Stored;
        var detail = $"{quarantined} of {receipt.Received} quarantined, first {first.Code}: {first.Detail}";
        Fault(delivery.ArrivedAt, detail);
        if (_version == MqttVersion.V311) return;
        delivery.Verdict = delivery.VerdictInQuarantine;
        if ((byte)delivery.Verdict >= 0x80) delivery.Explanation = Explain(detail);
    }

    void PassOn(Delivery delivery)
    {
        var outcome = parts.Exchange.Publish(delivery.Publish, _session!.Key);
        parts.Flow.PassedOn(outcome.Reached - outcome.Dropped, outcome.Dropped);
        var onlyRemoves = delivery.Publish.Retain && delivery.Publish.Payload.IsEmpty;
        var isUnread = delivery.BypassesSink && !_access!.IsAnonymous && outcome.TakenByOthers == 0 && !onlyRemoves;
        if (isUnread) Unread(delivery, outcome);
        if (!outcome.IsRetained)
        {
            var detail = $"There is no room to retain its message to {Shown.Text(delivery.Publish.Topic.Span)}.";
            Fault(delivery.ArrivedAt, detail);
            if (_version == MqttVersion.V5 && delivery.BypassesSink)
                (delivery.Verdict, delivery.Explanation) = (ReasonCode.QuotaExceeded, Explain(detail));
        }
        else if (outcome.Reached == 0 && delivery.BypassesSink) NobodyListens(delivery);
    }

    async ValueTask<Delivery?> AnswerAgainAsync(AckPacket packet, CancellationToken stop)
    {
        await SendAckAsync(packet, stop);
        return null;
    }

    /// <summary>PUBREL: the identifier is free, and the message can no longer come again (3.1.1 §3.6.4).</summary>
    ValueTask ReleaseAsync(in AckPacket packet, CancellationToken stop)
    {
        if (_deliveries!.IsInFlight(packet.PacketId))
            throw MqttProtocolException.Protocol($"PUBREL of message {packet.PacketId} before its PUBREC.");
        _session!.Received.Release(packet.PacketId);
        _deliveries.Release(packet.PacketId);
        return SendAckAsync(new AckPacket(PacketType.PubComp, packet.PacketId), stop);
    }

    ValueTask SendAckAsync(AckPacket packet, CancellationToken stop) =>
        _output.SendAsync((packet, _version), static (output, work) => work.packet.Write(output, work._version), stop);
}
