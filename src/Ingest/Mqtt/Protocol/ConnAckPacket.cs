using System.Buffers;

namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>
/// The answer to CONNECT. <c>Code</c> is a return code in 3.1.1 and a reason code in 5.0; 0 is yes in both.
/// </summary>
sealed record ConnAckPacket(bool SessionPresent, byte Code, MqttProperties Properties)
{
    // MQTT 3.1.1 §3.2, MQTT 5.0 §3.2
    //   0    7..1 reserved, 0 | 0 session present
    //   1    code
    //   5.0  properties
    public static ConnAckPacket Read(ReadOnlyMemory<byte> bytes, MqttVersion version)
    {
        var body = new MqttBodyReader(bytes);
        var flags = body.Byte();
        if (flags > 1) throw MqttProtocolException.Malformed("Reserved flags of CONNACK are set.");
        var code = body.Byte();
        // A broker that does not speak 5.0 refuses in the form of 3.1.1: two bytes, no properties.
        var properties = version == MqttVersion.V5 && body.Left > 0
            ? MqttProperties.Read(ref body, PropertyRule.Place(PacketType.ConnAck))
            : MqttProperties.None;
        body.End();
        return new ConnAckPacket(flags == 1, code, properties);
    }

    public void Write(IBufferWriter<byte> output, MqttVersion version) =>
        new MqttBodyWriter().Byte((byte)(SessionPresent ? 1 : 0)).Byte(Code).Properties(Properties, version)
            .WriteTo(output, PacketType.ConnAck);
}
