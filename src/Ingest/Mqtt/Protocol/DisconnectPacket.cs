using System.Buffers;

namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>
/// DISCONNECT, or AUTH of 5.0, which has the same form. In 3.1.1 only a client sends DISCONNECT and it is empty.
/// </summary>
sealed record DisconnectPacket(PacketType Type, ReasonCode Reason, MqttProperties Properties)
{
    /// <summary>True where the reason is one that a client may give (5.0 §3.14.2.1).</summary>
    public bool IsFromClient => Reason
        is ReasonCode.Success or ReasonCode.DisconnectWithWill or ReasonCode.UnspecifiedError
        or ReasonCode.MalformedPacket or ReasonCode.ProtocolError or ReasonCode.ImplementationSpecificError
        or ReasonCode.TopicNameInvalid or ReasonCode.ReceiveMaximumExceeded or ReasonCode.TopicAliasInvalid
        or ReasonCode.PacketTooLarge or ReasonCode.MessageRateTooHigh or ReasonCode.QuotaExceeded
        or ReasonCode.AdministrativeAction or ReasonCode.PayloadFormatInvalid;

    // MQTT 3.1.1 §3.14: empty.  MQTT 5.0 §3.14, §3.15:
    //   0  reason code; absent = 0x00 and no properties
    //   1  properties; absent = none
    public static DisconnectPacket Read(PacketType type, ReadOnlyMemory<byte> bytes, MqttVersion version)
    {
        var body = new MqttBodyReader(bytes);
        var five = version == MqttVersion.V5;
        var reason = five && body.Left > 0 ? (ReasonCode)body.Byte() : ReasonCode.Success;
        var properties = five && body.Left > 0
            ? MqttProperties.Read(ref body, PropertyRule.Place(type))
            : MqttProperties.None;
        body.End();
        return new DisconnectPacket(type, reason, properties);
    }

    public void Write(IBufferWriter<byte> output, MqttVersion version)
    {
        var body = new MqttBodyWriter();
        if (version == MqttVersion.V5 && (Reason != ReasonCode.Success || Properties.Items.Count > 0))
        {
            body.Byte((byte)Reason);
            if (Properties.Items.Count > 0) body.Properties(Properties, version);
        }
        body.WriteTo(output, Type);
    }
}
