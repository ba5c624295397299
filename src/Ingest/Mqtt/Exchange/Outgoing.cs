using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>Where a message to a client stands.</summary>
enum OutgoingState : byte
{
    Waiting,
    /// <summary>QoS 1: sent, PUBACK is to come.</summary>
    AwaitingPubAck,
    /// <summary>QoS 2: sent, PUBREC is to come.</summary>
    AwaitingPubRec,
    /// <summary>QoS 2: PUBREL was sent, PUBCOMP is to come.</summary>
    AwaitingPubComp,
}

/// <summary>One copy of a message on its way to one client.</summary>
/// <param name="Qos">The lower of what it was published with and what was granted.</param>
/// <param name="Identifiers">Of the subscriptions it is sent for.</param>
/// <param name="Number">Its place in the order of arrival.</param>
sealed record Outgoing(ClientMessage Message, int Qos, bool Retain, IReadOnlyList<uint> Identifiers, long Number)
{
    public OutgoingState State { get; set; }
    public ushort PacketId { get; set; }

    /// <summary>True where the connection it was sent on is gone, so that it has to be sent once more.</summary>
    public bool IsToRepeat { get; set; }

    /// <summary>Writes its PUBLISH, or its PUBREL; false where the packet is larger than the client takes.</summary>
    public bool TryWrite(
        System.Buffers.IBufferWriter<byte> output, MqttVersion version, long mostBytes, TimeProvider clock)
    {
        if (State == OutgoingState.AwaitingPubComp)
        {
            new AckPacket(PacketType.PubRel, PacketId).Write(output, version);
            return true;
        }
        return new PublishPacket(
            Message.TopicBytes, Message.Payload, Qos, PacketId, IsToRepeat, Retain,
            version == MqttVersion.V5 ? PropertiesNow(clock) : null).TryWrite(output, version, mostBytes);
    }

    // The expiry that is sent on is what is left of it (5.0 §3.3.2.3.3).
    MqttProperties? PropertiesNow(TimeProvider clock)
    {
        if (Message.Properties.Count == 0 && Identifiers.Count == 0) return null;
        var all = Message.Properties.Select(one => one.Id == PropertyId.MessageExpiryInterval
            ? one with { Number = Math.Max(1, Message.SecondsLeft(clock) ?? 1) }
            : one);
        return new MqttProperties(
            [.. all, .. Identifiers.Select(id => new MqttProperty(PropertyId.SubscriptionIdentifier, id))]);
    }
}
