using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// Sparkplug B at our own listener: an edge node is a gateway whose user name is <c>{group id}/{edge node id}</c>. It
/// may say what that edge node says, and hear its commands and whether a host is there.
/// </summary>
sealed class SparkplugDialect(SparkplugHost host) : IDialect
{
    public const string Known = "sparkplug";

    public const int LongestName = 512;

    [ThreadStatic]
    static byte[]? _username;

    public string Name => Known;

    public bool NeedsHost => true;

    public IReadOnlyList<string> Upward(Gateway gateway) =>
        SparkplugTopic.OfUsername(gateway.Username) is var (group, node) ? SparkplugTopic.Upward(group, node) : [];

    public IReadOnlyList<string> Downward(Gateway gateway) =>
        SparkplugTopic.OfUsername(gateway.Username) is var (group, node) ? SparkplugTopic.Downward(group, node) : [];

    public bool Claims(ReadOnlySpan<byte> topic, out ReadOnlySpan<byte> username)
    {
        username = default;
        if (!SparkplugTopic.TryRead(topic, out var read)) return false;
        var length = read.Group.Length + 1 + read.EdgeNode.Length;
        if (length > LongestName) return false;
        var name = (_username ??= new byte[LongestName]).AsSpan();
        read.Group.CopyTo(name);
        name[read.Group.Length] = (byte)'/';
        read.EdgeNode.CopyTo(name[(read.Group.Length + 1)..]);
        username = name[..length];
        return true;
    }

    public DecodedPayload ReadAgain(in DialectMessage message, in ReadingContext context) =>
        SparkplugTopic.TryRead(message.Topic.Span, out var topic) && context.Gateway is { } gateway
            ? host.ReadAgain(gateway, topic, message.Payload, message.ArrivedAt)
            : None(message, context);

    public DialectReading Read(in DialectMessage message, ReadingContext context)
    {
        if (!SparkplugTopic.TryRead(message.Topic.Span, out var topic) || context.Gateway is not { } gateway)
            return new DialectReading(None(message, context), []);
        return new DialectReading(host.Take(gateway, topic, message.Payload, message.ArrivedAt, message.Qos), []);
    }

    static DecodedPayload None(in DialectMessage message, in ReadingContext context) => new FoundReadings().Unreadable(
        "Not a message of an edge node.", message.Payload, DialectFormat.Of(Known, message.Topic.Span), context);
}
