namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>What may be a topic name or a topic filter (3.1.1 §4.7, 5.0 §4.7), and which name a filter means.</summary>
static class MqttTopic
{
    /// <summary>Separators at most: every level costs whoever looks for it a step.</summary>
    const int MostSeparators = 200;

    public static bool HasWildcard(ReadOnlySpan<byte> topic) => topic.IndexOfAny((byte)'+', (byte)'#') >= 0;

    public static bool IsName(string topic) =>
        topic.Length > 0 && topic.AsSpan().IndexOfAny('+', '#', '\0') < 0 && HasFewLevels(topic);

    public static bool HasFewLevels(ReadOnlySpan<byte> topic) => topic.Count((byte)'/') <= MostSeparators;

    static bool HasFewLevels(string topic) => topic.AsSpan().Count('/') <= MostSeparators;

    /// <summary>
    /// True where well-formed UTF-8 holds no control character (U+0000 to U+001F, U+007F to U+009F) and neither U+FFFE
    /// nor U+FFFF.
    /// </summary>
    public static bool IsPlain(ReadOnlySpan<byte> text)
    {
        if (text.ContainsAnyInRange((byte)0x00, (byte)0x1F) || text.Contains((byte)0x7F)) return false;
        for (var rest = text; rest.IndexOf((byte)0xC2) is >= 0 and var at; rest = rest[(at + 1)..])
            if (rest[at + 1] <= 0x9F) return false;
        return text.IndexOf("\uFFFE"u8) < 0 && text.IndexOf("\uFFFF"u8) < 0;
    }

    // 5.0 §4.8.2: $share/{share name}/{filter}
    public static bool IsShared(string filter) =>
        filter.StartsWith("$share/", StringComparison.Ordinal) || filter == "$share";

    /// <summary>True where the share name and the filter behind it are there; only for a shared filter.</summary>
    public static bool IsShareWellFormed(string filter)
    {
        var parts = filter.Split('/', 3);
        return parts.Length == 3 && parts[1].Length > 0 && parts[2].Length > 0
            && parts[1].AsSpan().IndexOfAny('+', '#') < 0;
    }

    /// <summary>A '+' fills a whole level; a '#' fills the last one.</summary>
    public static bool IsFilter(string filter)
    {
        if (filter.Length == 0 || filter.Contains('\0', StringComparison.Ordinal) || !HasFewLevels(filter)) return false;
        var levels = filter.Split('/');
        for (var i = 0; i < levels.Length; i++)
        {
            var wild = levels[i].AsSpan().IndexOfAny('+', '#') >= 0;
            if (wild && levels[i] is not "+" && !(levels[i] is "#" && i == levels.Length - 1)) return false;
        }
        return true;
    }

    /// <summary>
    /// True where every name that the narrow filter means is meant by the wide one too. A name is a filter that means
    /// itself. A wide one that begins with a wildcard means no name that begins with a dollar sign (§4.7.2).
    /// </summary>
    public static bool Covers(ReadOnlySpan<char> wide, ReadOnlySpan<char> narrow)
    {
        if (narrow is ['$', ..] && wide is ['+' or '#', ..]) return false;
        ReadOnlySpan<char> all = wide, some = narrow;
        while (true)
        {
            var level = NextLevel(ref all, out var more);
            if (level is "#") return true;
            var other = NextLevel(ref some, out var others);
            if (other is "#" || (level is not "+" && !level.SequenceEqual(other))) return false;
            if (!more) return !others;
            // a/# means a too.
            if (!others) return all is "#";
        }
    }

    static ReadOnlySpan<char> NextLevel(ref ReadOnlySpan<char> rest, out bool more)
    {
        var slash = rest.IndexOf('/');
        more = slash >= 0;
        var level = more ? rest[..slash] : rest;
        rest = more ? rest[(slash + 1)..] : default;
        return level;
    }
}
