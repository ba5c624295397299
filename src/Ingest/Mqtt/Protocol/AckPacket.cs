using System.Buffers;
using System.Buffers.Binary;

namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP. The reason exists in 5.0 only.</summary>
readonly record struct AckPacket(
    PacketType Type, ushort PacketId, ReasonCode Reason = ReasonCode.Success, MqttProperties? Properties = null)
{
    /// <summary>What an acknowledgement without properties needs at most.</summary>
    public const int MaxPlainBytes = 5;

    // MQTT 3.1.1 §3.4 to §3.7, MQTT 5.0 §3.4 to §3.7
    //   0..1  packet identifier
    //   5.0   reason code; absent = 0x00 and no properties
    //   5.0   properties; absent = none
    public static AckPacket Read(PacketType type, ReadOnlyMemory<byte> bytes, MqttVersion version)
    {
        var body = new MqttBodyReader(bytes);
        var id = body.PacketId();
        var five = version == MqttVersion.V5;
        var reason = five && body.Left > 0 ? (ReasonCode)body.Byte() : ReasonCode.Success;
        var properties = five && body.Left > 0 ? MqttProperties.Read(ref body, PropertyRule.Place(type)) : null;
        body.End();
        if (!Knows(type, reason))
            throw MqttProtocolException.Protocol($"{type} with reason 0x{(byte)reason:x2}, which it does not have.");
        return new AckPacket(type, id, reason, properties);
    }

    // MQTT 5.0 §3.4.2.1, §3.5.2.1, §3.6.2.1, §3.7.2.1
    static bool Knows(PacketType type, ReasonCode reason) =>
        type is PacketType.PubAck or PacketType.PubRec
            ? reason is ReasonCode.Success or ReasonCode.NoMatchingSubscribers or ReasonCode.UnspecifiedError
                or ReasonCode.ImplementationSpecificError or ReasonCode.NotAuthorized or ReasonCode.TopicNameInvalid
                or ReasonCode.PacketIdentifierInUse or ReasonCode.QuotaExceeded or ReasonCode.PayloadFormatInvalid
            : reason is ReasonCode.Success or ReasonCode.PacketIdentifierNotFound;

    public void Write(IBufferWriter<byte> output, MqttVersion version)
    {
        var flags = (byte)(Type == PacketType.PubRel ? 0b0010 : 0);
        if (version == MqttVersion.V5 && Properties is not null)
        {
            new MqttBodyWriter().UInt16(PacketId).Byte((byte)Reason).Properties(Properties, version)
                .WriteTo(output, Type, flags);
            return;
        }
        var span = output.GetSpan(MaxPlainBytes);
        var length = version == MqttVersion.V5 && Reason != ReasonCode.Success ? 3 : 2;
        span[0] = (byte)((int)Type << 4 | flags);
        span[1] = (byte)length;
        BinaryPrimitives.WriteUInt16BigEndian(span[2..], PacketId);
        if (length == 3) span[4] = (byte)Reason;
        output.Advance(2 + length);
    }
}
