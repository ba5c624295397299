using System.Buffers;
using System.Buffers.Binary;

namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>
/// A message. Topic (valid UTF-8, no wildcard) and payload are slices of the body it was read from; nothing is copied
/// and, without properties, nothing is allocated.
/// </summary>
/// <param name="PacketId">0 with QoS 0.</param>
/// <param name="Properties">Null where there are none.</param>
readonly record struct PublishPacket(
    ReadOnlyMemory<byte> Topic, ReadOnlyMemory<byte> Payload, int Qos, ushort PacketId = 0,
    bool Duplicate = false, bool Retain = false, MqttProperties? Properties = null)
{
    // MQTT 3.1.1 §3.3, MQTT 5.0 §3.3
    //   flags 3 DUP | 2..1 QoS | 0 RETAIN
    //   topic name, 2 bytes of length before it
    //   packet identifier, only with QoS 1 and 2
    //   5.0   properties
    //   payload: all that is left
    public static PublishPacket Read(byte flags, ReadOnlyMemory<byte> bytes, MqttVersion version)
    {
        var body = new MqttBodyReader(bytes);
        var qos = flags >> 1 & 3;
        var duplicate = (flags & 0x08) != 0;
        if (duplicate && qos == 0) throw MqttProtocolException.Malformed("PUBLISH with DUP and QoS 0.");
        var topic = body.TextBytes();
        if (MqttTopic.HasWildcard(topic.Span))
            throw MqttProtocolException.Malformed("PUBLISH to a topic with a wildcard.");
        var id = qos > 0 ? body.PacketId() : (ushort)0;
        var properties = MqttProperties.Read(ref body, PropertyRule.Place(PacketType.Publish), version);
        if (topic.IsEmpty && properties.Number(PropertyId.TopicAlias) is null)
            throw MqttProtocolException.Malformed("PUBLISH without a topic.");
        var some = properties.Items.Count == 0 ? null : properties;
        return new PublishPacket(topic, body.Rest(), qos, id, duplicate, (flags & 0x01) != 0, some);
    }

    public void Write(IBufferWriter<byte> output, MqttVersion version) => TryWrite(output, version, long.MaxValue);

    /// <summary>Writes it where the whole packet has no more than so many bytes; else nothing, and false.</summary>
    public bool TryWrite(IBufferWriter<byte> output, MqttVersion version, long mostBytes)
    {
        var properties = Properties is null
            ? version == MqttVersion.V5 ? "\0"u8 : []
            : new MqttBodyWriter().Properties(Properties, version).Written;
        var remaining = 2 + Topic.Length + (Qos > 0 ? 2 : 0) + properties.Length + Payload.Length;
        if (MqttFraming.HeaderBytesOf(remaining) + (long)remaining > mostBytes) return false;
        var span = output.GetSpan(MqttFraming.MaxHeaderBytes + remaining);
        var flags = (byte)((Duplicate ? 0x08 : 0) | Qos << 1 | (Retain ? 1 : 0));
        var at = MqttFraming.WriteHeader(span, PacketType.Publish, flags, remaining);
        BinaryPrimitives.WriteUInt16BigEndian(span[at..], checked((ushort)Topic.Length));
        Topic.Span.CopyTo(span[(at + 2)..]);
        at += 2 + Topic.Length;
        if (Qos > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(span[at..], PacketId);
            at += 2;
        }
        properties.CopyTo(span[at..]);
        Payload.Span.CopyTo(span[(at + properties.Length)..]);
        output.Advance(at + properties.Length + Payload.Length);
        return true;
    }
}
