using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>A message between clients, with its own copy of all it holds: one for all who get it.</summary>
sealed class ClientMessage(
    SessionKey publisher, ReadOnlyMemory<byte> topic, ReadOnlyMemory<byte> payload, int qos, bool retain)
{
    const int Overhead = 200;

    // A place in a queue, and what is known of the copy after it was sent.
    const int CopyBytes = 120;

    int _holders;

    /// <summary>The session that sent it: a subscription with No Local does not get it back.</summary>
    public SessionKey Publisher => publisher;
    public ReadOnlyMemory<byte> TopicBytes => topic;
    public ReadOnlyMemory<byte> Payload => payload;
    public int Qos => qos;
    public bool Retain => retain;
    public PassedOnProperties Properties { get; init; } = PassedOnProperties.None;

    /// <summary>Time stamp of the clock after which nobody gets it; null where it keeps.</summary>
    public long? ExpiresAt { get; init; }

    public string Topic => field ??= Encoding.UTF8.GetString(topic.Span);

    /// <summary>What it takes of a bound, in bytes.</summary>
    public int Weight => topic.Length + payload.Length + Properties.Bytes.Length + Overhead;

    public static ClientMessage Of(in PublishPacket publish, SessionKey publisher, TimeProvider clock) =>
        Of(publish.Topic.Span, publish, publisher, clock);

    public static ClientMessage Of(MqttWill will, SessionKey publisher, TimeProvider clock) => Of(
        Encoding.UTF8.GetBytes(will.Topic),
        new PublishPacket(default, will.Payload, will.Qos, Retain: will.Retain, Properties: will.Properties), publisher, clock);

    /// <summary>Whole seconds that are left of its life, at least 1; null where it keeps, 0 where it is over.</summary>
    public uint? SecondsLeft(TimeProvider clock)
    {
        if (ExpiresAt is not { } end) return null;
        var left = end - clock.GetTimestamp();
        return left <= 0 ? 0 : (uint)Math.Ceiling(left / (double)clock.TimestampFrequency);
    }

    /// <summary>A queue holds a copy of it: the message itself counts once, however many do.</summary>
    public void HeldIn(ByteShare all) =>
        all.Take(Interlocked.Increment(ref _holders) == 1 ? Weight + CopyBytes : CopyBytes);

    public void GoneFrom(ByteShare all) =>
        all.GiveBack(Interlocked.Decrement(ref _holders) == 0 ? Weight + CopyBytes : CopyBytes);

    static ClientMessage Of(ReadOnlySpan<byte> topic, in PublishPacket publish, SessionKey publisher, TimeProvider clock)
    {
        var wire = publish.Properties?.Wire ?? default;
        var all = new byte[topic.Length + wire.Length + publish.Payload.Length];
        topic.CopyTo(all);
        var properties = PassedOnProperties.Of(wire, all.AsMemory(topic.Length));
        var payload = all.AsMemory(topic.Length + properties.Bytes.Length, publish.Payload.Length);
        publish.Payload.CopyTo(payload);
        return new ClientMessage(publisher, all.AsMemory(0, topic.Length), payload, publish.Qos, publish.Retain)
        {
            Properties = properties,
            ExpiresAt = publish.Properties?.Number(PropertyId.MessageExpiryInterval) is { } seconds
                ? clock.GetTimestamp() + seconds * clock.TimestampFrequency
                : null,
        };
    }
}
