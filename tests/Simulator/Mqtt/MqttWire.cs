using System.Buffers.Binary;
using System.Text;

namespace EnergyWatch.Simulator.Mqtt;

/// <summary>The few packets of MQTT 3.1.1 that a publishing gateway needs. Written for this simulator alone, so that the service is
/// not tested against its own codec.</summary>
static class MqttWire
{
    public const byte Connack = 0x20, Puback = 0x40, Pingresp = 0xD0;
    public static readonly byte[] Pingreq = [0xC0, 0], Disconnect = [0xE0, 0];

    /// <summary>§3.1: "MQTT" · level 4 · flags (name, password, session kept) · keep alive · client id · name · password.</summary>
    public static byte[] Connect(string clientId, string username, string secret, ushort keepAliveS)
    {
        var body = new List<byte>();
        Text(body, "MQTT");
        body.AddRange([4, 0b1100_0000]);
        Number(body, keepAliveS);
        Text(body, clientId);
        Text(body, username);
        Text(body, secret);
        return Packet(0x10, body);
    }

    /// <summary>§3.3, QoS 1: topic · packet id · payload.</summary>
    public static byte[] Publish(string topic, ushort id, ReadOnlySpan<byte> payload)
    {
        var body = new List<byte>(payload.Length + topic.Length + 4);
        Text(body, topic);
        Number(body, id);
        body.AddRange(payload);
        return Packet(0x32, body);
    }

    /// <summary>§3.3.1.1: the same packet, sent again.</summary>
    public static void MarkDuplicate(byte[] publish) => publish[0] |= 0x08;

    /// <summary>Type and body of the next packet. Ends with <see cref="EndOfStreamException"/> when the other side closed.</summary>
    public static async Task<(byte Type, byte[] Body)> ReadAsync(Stream stream, CancellationToken stop)
    {
        var one = new byte[1];
        await stream.ReadExactlyAsync(one, stop);
        var type = (byte)(one[0] & 0xF0);
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            if (shift > 21) throw new InvalidDataException("The length of a packet has more than four bytes (MQTT 3.1.1 §2.2.3).");
            await stream.ReadExactlyAsync(one, stop);
            length |= (one[0] & 0x7F) << shift;
            if (one[0] < 0x80) break;
        }
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, stop);
        return (type, body);
    }

    public static ushort PacketId(byte[] body) => BinaryPrimitives.ReadUInt16BigEndian(body);

    static byte[] Packet(byte first, List<byte> body)
    {
        var packet = new List<byte>(body.Count + 5) { first };
        var length = body.Count;
        do
        {
            packet.Add((byte)((length & 0x7F) | (length > 0x7F ? 0x80 : 0)));
            length >>= 7;
        }
        while (length > 0);
        packet.AddRange(body);
        return [.. packet];
    }

    static void Text(List<byte> body, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Number(body, (ushort)bytes.Length);
        body.AddRange(bytes);
    }

    static void Number(List<byte> body, ushort number) => body.AddRange([(byte)(number >> 8), (byte)number]);
}
