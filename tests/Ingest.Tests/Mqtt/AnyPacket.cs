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
        switch (frame.Type)
        {
            case PacketType.Connect:
                var connect = ConnectPacket.Read(body);
                return (Say(connect), connect.Write);
            case PacketType.ConnAck:
                var connAck = ConnAckPacket.Read(body, version);
                return ($"CONNACK{(connAck.SessionPresent ? " present" : "")} code={connAck.Code}{Say(connAck.Properties)}", output => connAck.Write(output, version));
            case PacketType.Publish:
                var publish = PublishPacket.Read(frame.Flags, body, version);
                return (Say(publish), output => publish.Write(output, version));
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp:
                var ack = AckPacket.Read(frame.Type, body, version);
                return ($"{Name(frame.Type)} id={ack.PacketId} code={(int)ack.Reason}{Say(ack.Properties)}", output => ack.Write(output, version));
            case PacketType.Subscribe:
                var subscribe = SubscribePacket.Read(body, version);
                return ($"SUBSCRIBE id={subscribe.PacketId} {string.Join(' ', subscribe.Subscriptions.Select(Say))}{Say(subscribe.Properties)}", output => subscribe.Write(output, version));
            case PacketType.Unsubscribe:
                var unsubscribe = UnsubscribePacket.Read(body, version);
                return ($"UNSUBSCRIBE id={unsubscribe.PacketId} {string.Join(' ', unsubscribe.Filters)}{Say(unsubscribe.Properties)}", output => unsubscribe.Write(output, version));
            case PacketType.SubAck or PacketType.UnsubAck:
                var subAck = SubAckPacket.Read(frame.Type, body, version);
                return ($"{Name(frame.Type)} id={subAck.PacketId} {Hex(subAck.Codes)}{Say(subAck.Properties)}", output => subAck.Write(output, version));
            case PacketType.PingReq or PacketType.PingResp:
                MqttPing.Judge(frame);
                var type = frame.Type;
                return (Name(type), output => MqttPing.Write(output, type));
            default:
                var disconnect = DisconnectPacket.Read(frame.Type, body, version);
                return ($"{Name(frame.Type)} code={(int)disconnect.Reason}{Say(disconnect.Properties)}", output => disconnect.Write(output, version));
        }
    }

    static string Say(ConnectPacket p) =>
        $"CONNECT {(p.Version == MqttVersion.V5 ? "5.0" : "3.1.1")}{(p.CleanStart ? " clean" : "")} keep={p.KeepAlive} id={p.ClientId}"
        + (p.Username is null ? "" : $" user={p.Username}") + (p.Password is { } secret ? $" secret={Hex(secret)}" : "")
        + (p.Will is { } w ? $" will({w.Topic} qos={w.Qos}{(w.Retain ? " retain" : "")} {Hex(w.Payload)}{Say(w.Properties)})" : "") + Say(p.Properties);

    static string Say(PublishPacket p) =>
        $"PUBLISH {Encoding.UTF8.GetString(p.Topic.Span)} qos={p.Qos}{(p.Qos > 0 ? $" id={p.PacketId}" : "")}"
        + $"{(p.Duplicate ? " dup" : "")}{(p.Retain ? " retain" : "")} {Hex(p.Payload)}{Say(p.Properties)}";

    static string Say(Subscription s) => $"{s.Filter}:{s.Qos}{(s.Options > 3 ? $"/{s.Options:x2}" : "")}";

    static string Say(MqttProperties? properties) => properties is null || properties.Items.Count == 0 ? "" : $" {{{string.Join(' ', properties.Items.Select(Say))}}}";

    static string Say(MqttProperty p) =>
        $"{p.Id}={(p.Name is not null ? $"{p.Name}:{p.Text}" : p.Text ?? (p.Binary.IsEmpty ? p.Number.ToString(CultureInfo.InvariantCulture) : Hex(p.Binary)))}";

    static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(bytes.Span);

    static string Name(PacketType type) => type.ToString().ToUpperInvariant();
}
