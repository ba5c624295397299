using System.Globalization;
using System.Text;
using System.Text.Json;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Mqtt.Dialects.Replies;

/// <summary>What a reply is filled in from.</summary>
/// <param name="Levels">The topic of the message, level by level.</param>
/// <param name="Sending">The moment at which the reply leaves: gateways set their clocks by it.</param>
sealed record ReplyFacts(
    IReadOnlyList<string> Levels, JsonPicks Body, Instant ArrivedAt, Instant Sending, TimeZoneInfo Zone);

/// <summary>
/// Text with places that are filled in: <c>${topic.sn}</c> a level of the topic, <c>${body.msgid}</c> a value of the
/// message as it was written, <c>${now.s}</c> a time. <c>${body.timezone|"8"}</c> says what stands there where the
/// message has none; without it there is no reply then.
/// </summary>
sealed class ReplyTemplate
{
    readonly List<Part> _parts = [];

    ReplyTemplate() { }

    /// <param name="levels">The names of the topic's levels, and where they stand.</param>
    /// <param name="paths">Where the values of the message are put that are to be picked.</param>
    /// <param name="fault">What is wrong with it, in words; null where it can be used.</param>
    public static ReplyTemplate Parse(
        string text, IReadOnlyDictionary<string, int> levels, JsonPaths paths, out string? fault)
    {
        (var template, fault) = (new ReplyTemplate(), null);
        for (var rest = text; rest.Length > 0;)
        {
            var open = rest.IndexOf("${", StringComparison.Ordinal);
            if (open != 0) template._parts.Add(Part.Of(open < 0 ? rest : rest[..open]));
            if (open < 0) break;
            var close = rest.IndexOf('}', open);
            if (close < 0) fault ??= "a place begins with ${ and ends with }";
            if (close < 0) break;
            var place = rest[(open + 2)..close];
            if (Part.Of(place, levels, paths) is { } part) template._parts.Add(part);
            else fault ??= $"there is no {place}: {string.Join(", ", levels.Keys.Select(key => $"topic.{key}"))}, body.…, "
                + string.Join(", ", ReplyTimes.Names);
            rest = rest[(close + 1)..];
        }
        return template;
    }

    /// <summary>True where it holds a value of the message.</summary>
    public bool HasBody => _parts.Exists(part => part.Pick >= 0);

    /// <summary>True where it says what time it is: a clock is set by it, and later it would be wrong.</summary>
    public bool SaysNow => _parts.Exists(part => part.IsNow);

    /// <summary>The text as bytes; null where a value is not in the message.</summary>
    /// <param name="isJson">What was in a topic is then written as JSON text is.</param>
    public byte[]? Fill(ReplyFacts facts, bool isJson)
    {
        using var filled = new MemoryStream();
        foreach (var part in _parts)
        {
            if (part.Bytes(facts, isJson) is not { } bytes) return null;
            filled.Write(bytes);
        }
        return filled.ToArray();
    }

    sealed record Part(byte[]? Literal, int Level = -1, int Pick = -1, ReplyTime? Time = null, byte[]? Absent = null, bool IsNow = false)
    {
        public static Part Of(string literal) => new(Encoding.UTF8.GetBytes(literal));

        public static Part? Of(string place, IReadOnlyDictionary<string, int> levels, JsonPaths paths)
        {
            var (name, absent) = place.Split('|', 2) is [var first, var last] ? (first, last) : (place, null);
            if (name.StartsWith("body.", StringComparison.Ordinal))
                return new Part(
                    null, Pick: paths.PlaceOf(name[5..]), Absent: absent is null ? null : Encoding.UTF8.GetBytes(absent));
            if (absent is not null) return null;
            if (name.StartsWith("topic.", StringComparison.Ordinal))
                return levels.TryGetValue(name[6..], out var level) ? new Part(null, Level: level) : null;
            return ReplyTimes.Find(name) is { } time ? new Part(null, Time: time, IsNow: name.StartsWith("now.", StringComparison.Ordinal)) : null;
        }

        public byte[]? Bytes(ReplyFacts facts, bool isJson)
        {
            if (Literal is not null) return Literal;
            if (Pick >= 0) return facts.Body.At(Pick) ?? Absent;
            var text = Time is not null ? Time(facts) : Level < facts.Levels.Count ? facts.Levels[Level] : null;
            if (text is null) return null;
            return isJson ? JsonEncodedText.Encode(text).EncodedUtf8Bytes.ToArray() : Encoding.UTF8.GetBytes(text);
        }
    }
}

/// <summary>A moment as text.</summary>
delegate string ReplyTime(ReplyFacts facts);

/// <summary>The times that a reply can hold. Local ones are in the zone in which the gateway's own are read.</summary>
static class ReplyTimes
{
    static readonly Dictionary<string, ReplyTime> Known = new()
    {
        ["now.s"] = facts => Number(facts.Sending.UnixMilliseconds / 1000),
        ["now.ms"] = facts => Number(facts.Sending.UnixMilliseconds),
        ["now.utc"] = facts => Text(facts.Sending.ToDateTimeOffset(), "yyyyMMdd'T'HHmmss'Z'"),
        ["now.local"] = facts => Text(Local(facts), "yyyyMMddHHmmss"),
        ["now.zone"] = facts => Number(Local(facts).Offset.Hours),
        ["now.zone_minutes"] = facts => Math.Abs(Local(facts).Offset.Minutes).ToString("00", CultureInfo.InvariantCulture),
        ["arrived.s"] = facts => Number(facts.ArrivedAt.UnixMilliseconds / 1000),
        ["arrived.ms"] = facts => Number(facts.ArrivedAt.UnixMilliseconds),
    };

    public static IEnumerable<string> Names => Known.Keys;

    public static ReplyTime? Find(string name) => Known.GetValueOrDefault(name);

    static DateTimeOffset Local(ReplyFacts facts) =>
        TimeZoneInfo.ConvertTime(facts.Sending.ToDateTimeOffset(), facts.Zone);

    static string Text(DateTimeOffset moment, string form) => moment.ToString(form, CultureInfo.InvariantCulture);

    static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
