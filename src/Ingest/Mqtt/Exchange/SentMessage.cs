namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>Where a message of QoS 1 or 2 stands that was sent to a client.</summary>
enum SentState : byte
{
    /// <summary>QoS 1: PUBACK is to come.</summary>
    AwaitingPubAck,
    /// <summary>QoS 2: PUBREC is to come.</summary>
    AwaitingPubRec,
    /// <summary>QoS 2: PUBREL was sent, PUBCOMP is to come.</summary>
    AwaitingPubComp,
}

/// <summary>What is known of a copy from when it is sent until it is acknowledged; the queue locks.</summary>
sealed class SentMessage(Copy copy, ushort packetId)
{
    public Copy Copy => copy;
    public ushort PacketId => packetId;
    public SentState State { get; set; } = copy.Qos == 1 ? SentState.AwaitingPubAck : SentState.AwaitingPubRec;

    /// <summary>True where the connection it was sent on is gone, so that it has to be sent once more.</summary>
    public bool IsToRepeat { get; set; }

    public OutgoingPacket Packet(bool duplicate) =>
        new(copy, packetId, duplicate, State == SentState.AwaitingPubComp);
}
