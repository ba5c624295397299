using System.Buffers;

namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>SUBACK or UNSUBACK: a code per filter, in the order asked. A 3.1.1 UNSUBACK has none.</summary>
sealed record SubAckPacket(PacketType Type, ushort PacketId, ReadOnlyMemory<byte> Codes, MqttProperties Properties)
{
    // MQTT 3.1.1 §3.9 and §3.11, MQTT 5.0 §3.9 and §3.11: packet identifier, (5.0) properties, a code per filter
    public static SubAckPacket Read(PacketType type, ReadOnlyMemory<byte> bytes, MqttVersion version)
    {
        var body = new MqttBodyReader(bytes);
        var id = body.PacketId();
        var properties = MqttProperties.Read(ref body, PropertyRule.Place(type), version);
        var bare = type == PacketType.UnsubAck && version == MqttVersion.V311;
        if (bare) body.End();
        else if (body.Left == 0) throw MqttProtocolException.Malformed($"{type} without a code.");
        return new SubAckPacket(type, id, body.Rest().ToArray(), properties);
    }

    public void Write(IBufferWriter<byte> output, MqttVersion version) =>
        new MqttBodyWriter().UInt16(PacketId).Properties(Properties, version)
            .Raw(Type == PacketType.UnsubAck && version == MqttVersion.V311 ? [] : Codes.Span)
            .WriteTo(output, Type);
}
