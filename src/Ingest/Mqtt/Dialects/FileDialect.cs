using System.Text;
using System.Text.Json;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Dialects.Replies;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>A dialect as a file describes it.</summary>
sealed class FileDialect(DialectText text) : IDialect
{
    static readonly JsonDocumentOptions Options = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>What a compressed message may hold, in bytes: four times the largest packet.</summary>
    const int MostUnfolded = 1024 * 1024;

    /// <summary>Bytes of a topic. It becomes part of names, of answers, and of what the quarantine keeps.</summary>
    const int LongestTopic = 512;

    [ThreadStatic]
    static MessageReader? _reader;

    readonly DialectMemory _memory = new();

    public DialectText Text => text;

    public string Name => text.Name;

    /// <remarks>Without those that another covers: a broker may deliver once for each, and each would be answered.</remarks>
    public IReadOnlyList<string> Upward(Gateway gateway) => Filters(gateway, text.Messages, isAlone: true);

    /// <remarks>Not what is passed over and covers what is said to the gateway: a broker would send us our own
    /// replies.</remarks>
    public IReadOnlyList<string> Heard(Gateway gateway, bool isAlone)
    {
        var down = Downward(gateway);
        return Filters(gateway, text.Messages.Where(message => message.Use != MessageUse.Ignore || !message.Replies.IsEmpty
            || !message.Topics.Any(topic => topic.FilterFor(gateway) is { } up && down.Any(one => MqttTopic.Covers(up, one)))), isAlone);
    }

    static List<string> Filters(Gateway gateway, IEnumerable<MessageRule> messages, bool isAlone)
    {
        var all = messages.SelectMany(message => message.Topics).Where(topic => isAlone || topic.GatewayLevel >= 0).Select(topic => topic.FilterFor(gateway))
            .OfType<string>().Distinct().ToList();
        return [.. all.Where(one => !all.Exists(other => other != one && MqttTopic.Covers(other, one)))];
    }

    public IReadOnlyList<string> Downward(Gateway gateway) =>
        [.. text.Downward.Select(topic => topic.FilterFor(gateway)).OfType<string>()];

    public bool Claims(ReadOnlySpan<byte> topic, out ReadOnlySpan<byte> username)
    {
        Span<Range> captures = stackalloc Range[TopicPattern.Room];
        foreach (var message in text.Messages)
        {
            foreach (var pattern in message.Topics)
            {
                if (!pattern.Matches(topic, captures)) continue;
                username = pattern.GatewayLevel < 0 ? [] : topic[captures[pattern.GatewayLevel]];
                return true;
            }
        }
        username = [];
        return false;
    }

    public DialectReading Read(in DialectMessage message, ReadingContext context)
    {
        var reader = _reader ??= new MessageReader();
        reader.Begin(text, _memory, message, context);
        if (message.Topic.Length > LongestTopic)
            return reader.Unanswered($"Its topic has {message.Topic.Length} bytes, and {LongestTopic} are read.");
        var payload = message.Payload;
        if (text.Unfolds && Inflation.IsZlib(payload.Span))
        {
            if (Inflation.Unfold(payload, MostUnfolded, out var fault) is not { } unfolded) return reader.Unreadable(fault!);
            payload = unfolded;
            reader.Unfold(payload);
        }
        JsonDocument? json = null;
        try
        {
            foreach (var rule in text.Messages)
            {
                if (!reader.TopicIs(rule)) continue;
                if (rule.NeedsJson) json ??= JsonDocument.Parse(payload, Options);
                if (rule.NeedsJson) reader.Enter(json!.RootElement);
                if (!rule.Means(reader.Scope)) continue;
                return reader.Read(rule, rule.NeedsJson ? json!.RootElement : default);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second is what text of half a surrogate pair, or of no UTF-8, is answered with.
            var hint = text.Unfolds ? " Neither is it ZLIB; LZO and AES are not offered." : "";
            return reader.Unreadable($"Not JSON: {exception.Message}{hint}");
        }
        finally
        {
            json?.Dispose();
        }
        return reader.Unreadable(
            $"The dialect {text.Name} knows no such message on {Shown.Text(message.Topic.Span)}.");
    }
}
