using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>A message between clients, with its own copy of all it holds.</summary>
/// <param name="Publisher">The session that sent it: a subscription with No Local does not get it back.</param>
/// <param name="Properties">What is passed on (5.0 §3.3.2.3): neither topic alias nor subscription identifier.</param>
/// <param name="ExpiresAt">Time stamp of the clock after which nobody gets it; null where it keeps.</param>
sealed record ClientMessage(
    SessionKey Publisher, string Topic, ReadOnlyMemory<byte> Payload, int Qos, bool Retain)
{
    public IReadOnlyList<MqttProperty> Properties
    {
        get;
        init
        {
            field = value;
            _propertyBytes = value.Sum(one =>
                PropertyOverhead + 2 * ((one.Name?.Length ?? 0) + (one.Text?.Length ?? 0)) + one.Binary.Length);
        }
    } = [];
    public long? ExpiresAt { get; init; }
    public ReadOnlyMemory<byte> TopicBytes { get; } = Encoding.UTF8.GetBytes(Topic);

    /// <summary>What it takes of a bound, in bytes: all it holds in memory, whatever its size on the wire.</summary>
    public int Weight => TopicBytes.Length + Payload.Length + Overhead + _propertyBytes;

    const int Overhead = 200;

    // What an empty property takes: the value itself, its place in the list, the heads of its texts.
    const int PropertyOverhead = 120;

    readonly int _propertyBytes;

    public static ClientMessage Of(in PublishPacket publish, SessionKey publisher, TimeProvider clock) =>
        new(publisher, Encoding.UTF8.GetString(publish.Topic.Span), publish.Payload.ToArray(), publish.Qos, publish.Retain)
        {
            Properties = PassedOn(publish.Properties),
            ExpiresAt = ExpiryOf(publish.Properties, clock),
        };

    public static ClientMessage Of(MqttWill will, SessionKey publisher, TimeProvider clock) =>
        new(publisher, will.Topic, will.Payload, will.Qos, will.Retain)
        {
            Properties = PassedOn(will.Properties),
            ExpiresAt = ExpiryOf(will.Properties, clock),
        };

    /// <summary>Whole seconds that are left of its life, at least 1; null where it keeps, 0 where it is over.</summary>
    public uint? SecondsLeft(TimeProvider clock)
    {
        if (ExpiresAt is not { } end) return null;
        var left = end - clock.GetTimestamp();
        return left <= 0 ? 0 : (uint)Math.Ceiling(left / (double)clock.TimestampFrequency);
    }

    static long? ExpiryOf(MqttProperties? properties, TimeProvider clock) =>
        properties?.Number(PropertyId.MessageExpiryInterval) is { } seconds
            ? clock.GetTimestamp() + seconds * clock.TimestampFrequency
            : null;

    static List<MqttProperty> PassedOn(MqttProperties? properties) =>
        [.. (properties?.Items ?? []).Where(one => one.Id is not (PropertyId.TopicAlias
            or PropertyId.SubscriptionIdentifier or PropertyId.WillDelayInterval))];
}
