using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>What is done with each packet of a broker.</summary>
sealed class BrokerPackets(BrokerTalk talk)
{
    readonly MqttVersion _version = talk.Link.Terms.Version;
    readonly ReadOnlyMemory<byte>[] _aliases =
        talk.Link.Terms.Version == MqttVersion.V5 ? new ReadOnlyMemory<byte>[talk.Broker.TopicAliasMaximum] : [];
    bool _hasHeard;

    /// <summary>Takes a message in; returns it where the window is full and it has to wait.</summary>
    /// <param name="oversize">Bytes of the whole packet, where the frame is only its head; else 0.</param>
    public Delivery? Receive(in MqttFrame frame, long oversize, Instant arrivedAt)
    {
        var delivery = Delivery.Pool.Get();
        delivery.Fill(frame, _version, arrivedAt);
        if (delivery.Publish.Properties is not null) ResolveAlias(delivery);
        if (delivery.Publish.Qos == 2) throw MqttProtocolException.Protocol("QoS 2 on a subscription of QoS 1.");
        if (delivery.Publish.Qos == 0 && talk.Session.Drops.Hear(delivery.Publish)) return Drop(delivery);
        if (!_hasHeard) HeardOne();
        if (oversize > 0) RefuseOversize(delivery, oversize);
        if (!talk.Deliveries.TryBegin(delivery)) return Drop(delivery);
        delivery.IsQueued = delivery.Publish.Duplicate || !talk.Backlog.IsOver;
        if (delivery.Publish.Qos > 0) talk.Backlog.Received(talk.Deliveries.Acknowledged);
        return talk.Deliveries.TryAdd(delivery) ? null : delivery;
    }

    public void Handle(in MqttFrame frame)
    {
        switch (frame.Type)
        {
            case PacketType.PingResp:
                MqttPing.Judge(frame);
                return;
            case PacketType.PubAck:
                talk.Session.Publisher.Acknowledged(AckPacket.Read(frame.Type, frame.Contiguous(), _version));
                return;
            case PacketType.SubAck or PacketType.UnsubAck:
                talk.Subscriptions.Answered(SubAckPacket.Read(frame.Type, frame.Contiguous(), _version));
                return;
            case PacketType.Disconnect when _version == MqttVersion.V5:
                var goodbye = DisconnectPacket.Read(frame.Type, frame.Contiguous(), _version);
                throw new BrokerLeftException(
                    goodbye.Reason, goodbye.Properties.Text(PropertyId.ServerReference),
                    goodbye.Properties.Text(PropertyId.ReasonString));
            default:
                throw MqttProtocolException.Protocol($"{frame.Type} is not expected from a broker.");
        }
    }

    static Delivery? Drop(Delivery delivery)
    {
        Delivery.Pool.Return(delivery);
        return null;
    }

    void HeardOne()
    {
        _hasHeard = true;
        talk.Session.Troubles.Over(MqttSource.Silent);
    }

    // MQTT 5.0 §3.3.2.3.4: an alias stands for the topic that it came with, on this connection.
    void ResolveAlias(Delivery delivery)
    {
        if (delivery.Publish.Properties!.Number(PropertyId.TopicAlias) is not { } alias) return;
        if (alias > _aliases.Length)
            throw new MqttProtocolException(
                ReasonCode.TopicAliasInvalid, $"Topic alias {alias}, and {_aliases.Length} is the last.");
        if (!delivery.Publish.Topic.IsEmpty) _aliases[alias - 1] = delivery.Publish.Topic.ToArray();
        else if (_aliases[alias - 1].IsEmpty)
            throw MqttProtocolException.Protocol($"Topic alias {alias} was never set.");
        else delivery.NameTopic(_aliases[alias - 1]);
    }

    void RefuseOversize(Delivery delivery, long oversize)
    {
        var topic = Shown.Text(delivery.Publish.Topic.Span);
        var kept = delivery.CutPayload(QuarantinedPayload.MostBytes);
        var most = talk.Broker.MaxPacketBytes;
        delivery.Refusal = new Refusal(
            0, RefusalCodes.Malformed,
            $"The message to {topic} has {oversize} bytes, and {most} are taken here: "
            + $"only the first {kept} bytes of its payload are kept.");
        talk.Parts.Log.BrokerMessageTooLarge(talk.Broker.Name, topic, oversize, most);
    }
}
