namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>What may be a topic name or a topic filter (3.1.1 §4.7, 5.0 §4.7).</summary>
static class MqttTopic
{
    public static bool HasWildcard(ReadOnlySpan<byte> topic) => topic.IndexOfAny((byte)'+', (byte)'#') >= 0;

    public static bool IsName(string topic) => topic.Length > 0 && topic.AsSpan().IndexOfAny('+', '#', '\0') < 0;

    public static bool IsShared(string filter) => filter.StartsWith("$share/", StringComparison.Ordinal);

    /// <summary>A '+' fills a whole level; a '#' fills the last one.</summary>
    public static bool IsFilter(string filter)
    {
        if (filter.Length == 0 || filter.Contains('\0', StringComparison.Ordinal)) return false;
        var levels = filter.Split('/');
        for (var i = 0; i < levels.Length; i++)
        {
            var wild = levels[i].AsSpan().IndexOfAny('+', '#') >= 0;
            if (wild && levels[i] is not "+" && !(levels[i] is "#" && i == levels.Length - 1)) return false;
        }
        return true;
    }
}
