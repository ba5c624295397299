using System.Text;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Tests.Mqtt.Brokers;

/// <summary>Our own payload on other topics: <c>{name}/{gateway}/up</c> and <c>down</c>.</summary>
sealed class PlainDialect(string name) : IDialect
{
    public string Name => name;

    /// <summary>Answers "ok" to every message.</summary>
    public bool Replies { get; init; }

    public IReadOnlyList<string> Upward(Gateway gateway) => [$"{name}/{gateway.Code}/up"];

    public IReadOnlyList<string> Downward(Gateway gateway) => [$"{name}/{gateway.Code}/down"];

    public bool Claims(ReadOnlySpan<byte> topic, out ReadOnlySpan<byte> username)
    {
        var prefix = Encoding.UTF8.GetBytes(name + "/");
        username = [];
        if (!topic.StartsWith(prefix) || !topic.EndsWith("/up"u8)) return false;
        username = topic[prefix.Length..^3];
        return true;
    }

    public DialectReading Read(in DialectMessage message, ReadingContext context)
    {
        var down = Encoding.UTF8.GetString(message.Topic.Span).Replace("/up", "/down", StringComparison.Ordinal);
        DialectReply[] replies = Replies ? [new DialectReply(down, _ => "ok"u8.ToArray(), 1)] : [];
        return new DialectReading(PayloadReader.Read(message.Payload, PayloadFormats.Json, context), replies);
    }
}
