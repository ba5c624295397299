using System.Buffers;

namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>One filter of a SUBSCRIBE and the highest QoS it asks for.</summary>
/// <param name="Options">The whole byte as it stands there; in 3.1.1 it is the QoS.</param>
readonly record struct Subscription(string Filter, int Qos, byte Options)
{
    /// <summary>Not the messages of this very session.</summary>
    public bool NoLocal => (Options & 0x04) != 0;

    /// <summary>Messages keep the retain flag they were published with.</summary>
    public bool RetainAsPublished => (Options & 0x08) != 0;

    /// <summary>Retained messages: 0 at every SUBSCRIBE, 1 only where the subscription is new, 2 never.</summary>
    public int RetainHandling => Options >> 4 & 3;

    /// <summary>The same, but no retained messages are sent for it.</summary>
    public Subscription WithoutRetained() => this with { Options = (byte)(Options & 0xCF | 0x20) };
}

/// <summary>Asks for messages.</summary>
sealed record SubscribePacket(ushort PacketId, IReadOnlyList<Subscription> Subscriptions, MqttProperties Properties)
{
    /// <summary>Filters of one packet at most: four bytes each on the wire, and many times that in memory.</summary>
    public const int Most = 1024;

    // MQTT 3.1.1 §3.8, MQTT 5.0 §3.8
    //   packet identifier
    //   5.0   properties
    //   then one or more times: topic filter, options
    //         3.1.1  7..2 reserved, 0 | 1..0 QoS
    //         5.0    7..6 reserved, 0 | 5..4 retain handling | 3 retain as published | 2 no local | 1..0 QoS
    public static SubscribePacket Read(ReadOnlyMemory<byte> bytes, MqttVersion version)
    {
        var body = new MqttBodyReader(bytes);
        var (id, properties) = ReadHead(ref body, PacketType.Subscribe, version);
        var subscriptions = new List<Subscription>();
        while (body.Left > 0)
        {
            JudgeCount(subscriptions.Count);
            var filter = ReadFilter(ref body);
            var options = body.Byte();
            JudgeOptions(filter, options, version);
            subscriptions.Add(new Subscription(filter, options & 3, options));
        }
        return subscriptions.Count > 0
            ? new SubscribePacket(id, subscriptions, properties)
            : throw MqttProtocolException.Malformed("SUBSCRIBE without a topic filter.");
    }

    public static (ushort Id, MqttProperties Properties) ReadHead(
        ref MqttBodyReader body, PacketType type, MqttVersion version)
    {
        var id = body.UInt16();
        return id != 0
            ? (id, MqttProperties.Read(ref body, PropertyRule.Place(type), version))
            : throw MqttProtocolException.Malformed($"{type} with packet identifier 0.");
    }

    public static string ReadFilter(ref MqttBodyReader body)
    {
        var filter = body.Name();
        if (!MqttTopic.IsFilter(filter)) throw MqttProtocolException.Malformed("A topic filter that is none.");
        return !MqttTopic.IsShared(filter) || MqttTopic.IsShareWellFormed(filter)
            ? filter
            : throw MqttProtocolException.Protocol("A shared subscription without its name or filter.");
    }

    public static void JudgeCount(int read)
    {
        if (read == Most)
            throw new MqttProtocolException(ReasonCode.QuotaExceeded, $"More than {Most} topic filters in one packet.");
    }

    static void JudgeOptions(string filter, byte options, MqttVersion version)
    {
        if ((options & 3) == 3) throw MqttProtocolException.Malformed("SUBSCRIBE with QoS 3.");
        if ((options & (version == MqttVersion.V5 ? 0xC0 : 0xFC)) != 0)
            throw MqttProtocolException.Malformed("Reserved subscription options are set.");
        if ((options & 0x30) == 0x30) throw MqttProtocolException.Malformed("Retain handling 3.");
        if ((options & 0x04) != 0 && MqttTopic.IsShared(filter))
            throw MqttProtocolException.Protocol("No local on a shared subscription.");
    }

    public void Write(IBufferWriter<byte> output, MqttVersion version)
    {
        var body = new MqttBodyWriter().UInt16(PacketId).Properties(Properties, version);
        foreach (var subscription in Subscriptions)
            body.Text(subscription.Filter).Byte((byte)(subscription.Options | subscription.Qos));
        body.WriteTo(output, PacketType.Subscribe, 0b0010);
    }
}

/// <summary>Takes subscriptions back.</summary>
sealed record UnsubscribePacket(ushort PacketId, IReadOnlyList<string> Filters, MqttProperties Properties)
{
    // MQTT 3.1.1 §3.10, MQTT 5.0 §3.10: packet identifier, (5.0) properties, one or more topic filters
    public static UnsubscribePacket Read(ReadOnlyMemory<byte> bytes, MqttVersion version)
    {
        var body = new MqttBodyReader(bytes);
        var (id, properties) = SubscribePacket.ReadHead(ref body, PacketType.Unsubscribe, version);
        var filters = new List<string>();
        while (body.Left > 0)
        {
            SubscribePacket.JudgeCount(filters.Count);
            filters.Add(SubscribePacket.ReadFilter(ref body));
        }
        return filters.Count > 0
            ? new UnsubscribePacket(id, filters, properties)
            : throw MqttProtocolException.Malformed("UNSUBSCRIBE without a topic filter.");
    }

    public void Write(IBufferWriter<byte> output, MqttVersion version)
    {
        var body = new MqttBodyWriter().UInt16(PacketId).Properties(Properties, version);
        foreach (var filter in Filters) body.Text(filter);
        body.WriteTo(output, PacketType.Unsubscribe, 0b0010);
    }
}
