using System.Buffers;
using System.Buffers.Binary;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>One copy of a message for one client.</summary>
/// <param name="Qos">The lower of what it was published with and what was granted.</param>
/// <param name="Identifiers">Of the subscriptions it is sent for, as the properties that say so.</param>
readonly record struct Copy(ClientMessage Message, int Qos, bool Retain, ReadOnlyMemory<byte> Identifiers)
{
    /// <summary>What its PUBLISH takes on the wire, the fixed header included.</summary>
    public long WireBytes(MqttVersion version)
    {
        var remaining = Remaining(version);
        return MqttFraming.HeaderBytesOf(remaining) + (long)remaining;
    }

    public int PropertyBytes => Message.Properties.Bytes.Length + Identifiers.Length;

    public int Remaining(MqttVersion version)
    {
        var bare = 2 + Message.TopicBytes.Length + (Qos > 0 ? 2 : 0) + Message.Payload.Length;
        return version == MqttVersion.V5 ? bare + MqttFraming.VarIntBytesOf(PropertyBytes) + PropertyBytes : bare;
    }
}

/// <summary>A packet as it was when its turn came: it is written when the queue's lock is free again.</summary>
/// <param name="PacketId">0 with QoS 0.</param>
/// <param name="IsRelease">PUBREL instead of PUBLISH.</param>
readonly record struct OutgoingPacket(Copy Copy, ushort PacketId, bool Duplicate, bool IsRelease)
{
    public void Write(IBufferWriter<byte> output, MqttVersion version, TimeProvider clock)
    {
        if (IsRelease) new AckPacket(PacketType.PubRel, PacketId).Write(output, version);
        else WritePublish(output, version, clock);
    }

    // MQTT 3.1.1 §3.3, MQTT 5.0 §3.3
    //   flags 3 DUP | 2..1 QoS | 0 RETAIN
    //   topic name, 2 bytes of length before it
    //   packet identifier, only with QoS 1 and 2
    //   5.0   length of the properties, those of the message, the subscription identifiers
    //   payload: all that is left
    void WritePublish(IBufferWriter<byte> output, MqttVersion version, TimeProvider clock)
    {
        var message = Copy.Message;
        var remaining = Copy.Remaining(version);
        var span = output.GetSpan(MqttFraming.MaxHeaderBytes + remaining);
        var flags = (byte)((Duplicate ? 0x08 : 0) | Copy.Qos << 1 | (Copy.Retain ? 1 : 0));
        var at = MqttFraming.WriteHeader(span, PacketType.Publish, flags, remaining);
        BinaryPrimitives.WriteUInt16BigEndian(span[at..], checked((ushort)message.TopicBytes.Length));
        message.TopicBytes.Span.CopyTo(span[(at + 2)..]);
        at += 2 + message.TopicBytes.Length;
        if (Copy.Qos > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(span[at..], PacketId);
            at += 2;
        }
        if (version == MqttVersion.V5)
        {
            at += MqttFraming.WriteVarInt(span[at..], (uint)Copy.PropertyBytes);
            message.Properties.CopyTo(span[at..], message.SecondsLeft(clock));
            at += message.Properties.Bytes.Length;
            Copy.Identifiers.Span.CopyTo(span[at..]);
            at += Copy.Identifiers.Length;
        }
        message.Payload.Span.CopyTo(span[at..]);
        output.Advance(at + message.Payload.Length);
    }
}
