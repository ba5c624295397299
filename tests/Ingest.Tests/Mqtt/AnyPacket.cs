using System.Buffers;
using System.Globalization;
using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>Any packet: read by its type, said in one line, and written again.</summary>
static class AnyPacket
{
    public static (string Text, Action<IBufferWriter<byte>> Write) Read(in MqttFrame frame, MqttVersion version)
    {
        var body = frame.Contiguous();
        var type = frame.Type;
        switch (type)
        {
            case PacketType.Connect:
                var connect = ConnectPacket.Read(body);
                return (Say(connect), connect.Write);
            case PacketType.ConnAck:
                var connAck = ConnAckPacket.Read(body, version);
                var present = connAck.SessionPresent ? " present" : "";
                return ($"CONNACK{present} code={connAck.Code}{Say(connAck.Properties)}", output => connAck.Write(output, version));
            case PacketType.Publish:
                var publish = PublishPacket.Read(frame.Flags, body, version);
                return (Say(publish), output => publish.Write(output, version));
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp:
                var ack = AckPacket.Read(type, body, version);
                return (Say(type, ack.PacketId, $"code={(int)ack.Reason}", ack.Properties), output => ack.Write(output, version));
            case PacketType.Subscribe:
                var asks = SubscribePacket.Read(body, version);
                var filters = string.Join(' ', asks.Subscriptions.Select(Say));
                return (Say(type, asks.PacketId, filters, asks.Properties), output => asks.Write(output, version));
            case PacketType.Unsubscribe:
                var ends = UnsubscribePacket.Read(body, version);
                return (Say(type, ends.PacketId, string.Join(' ', ends.Filters), ends.Properties), output => ends.Write(output, version));
            case PacketType.SubAck or PacketType.UnsubAck:
                var answer = SubAckPacket.Read(type, body, version);
                return (Say(type, answer.PacketId, Hex(answer.Codes), answer.Properties), output => answer.Write(output, version));
            case PacketType.PingReq or PacketType.PingResp:
                MqttPing.Judge(frame);
                return (Name(type), output => MqttPing.Write(output, type));
            default:
                var leave = DisconnectPacket.Read(type, body, version);
                return ($"{Name(type)} code={(int)leave.Reason}{Say(leave.Properties)}", output => leave.Write(output, version));
        }
    }

    static string Say(PacketType type, ushort id, string what, MqttProperties? properties) =>
        $"{Name(type)} id={id} {what}{Say(properties)}";

    static string Say(ConnectPacket p) =>
        $"CONNECT {(p.Version == MqttVersion.V5 ? "5.0" : "3.1.1")}{(p.CleanStart ? " clean" : "")} keep={p.KeepAlive}"
        + $" id={p.ClientId}{(p.Username is null ? "" : $" user={p.Username}")}"
        + (p.Password is { } secret ? $" secret={Hex(secret)}" : "")
        + (p.Will is { } will ? $" will({Say(will)})" : "")
        + Say(p.Properties);

    static string Say(MqttWill w) => $"{w.Topic} qos={w.Qos}{(w.Retain ? " retain" : "")} {Hex(w.Payload)}{Say(w.Properties)}";

    static string Say(PublishPacket p) =>
        $"PUBLISH {Encoding.UTF8.GetString(p.Topic.Span)} qos={p.Qos}{(p.Qos > 0 ? $" id={p.PacketId}" : "")}"
        + $"{(p.Duplicate ? " dup" : "")}{(p.Retain ? " retain" : "")} {Hex(p.Payload)}{Say(p.Properties)}";

    static string Say(Subscription s) => $"{s.Filter}:{s.Qos}{(s.Options > 3 ? $"/{s.Options:x2}" : "")}";

    static string Say(MqttProperties? properties) =>
        properties is null || properties.Items.Count == 0 ? "" : $" {{{string.Join(' ', properties.Items.Select(Say))}}}";

    static string Say(MqttProperty p)
    {
        if (p.Name is not null) return $"{p.Id}={p.Name}:{p.Text}";
        if (p.Text is not null) return $"{p.Id}={p.Text}";
        return $"{p.Id}={(p.Binary.IsEmpty ? p.Number.ToString(CultureInfo.InvariantCulture) : Hex(p.Binary))}";
    }

    static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(bytes.Span);

    static string Name(PacketType type) => type.ToString().ToUpperInvariant();
}
