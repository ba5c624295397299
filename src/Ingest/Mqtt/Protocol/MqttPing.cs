using System.Buffers;

namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>PINGREQ and PINGRESP: a header and nothing else (3.1.1 §3.12, §3.13).</summary>
static class MqttPing
{
    public static void Write(IBufferWriter<byte> output, PacketType type) =>
        output.Write<byte>([(byte)((int)type << 4), 0]);

    public static void Judge(in MqttFrame frame)
    {
        if (!frame.Body.IsEmpty)
            throw new MqttProtocolException(ReasonCode.MalformedPacket, $"{frame.Type} with a body.") { IsSilent = true };
    }
}
