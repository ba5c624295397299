using System.Text;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>
/// The media type of a message in a dialect. With the bytes it is all that is needed to read the message again:
/// <c>application/vnd.energywatch.mqtt; dialect=tasmota; topic=tele%2Fplug%2FSENSOR</c>.
/// </summary>
static class DialectFormat
{
    const string Name = "application/vnd.energywatch.mqtt";
    const string DialectKey = "; dialect=";
    const string TopicKey = "; topic=";

    const string Kept = "; kept=true";

    /// <param name="isKept">A broker had kept the message from before.</param>
    public static string Of(string dialect, ReadOnlySpan<byte> topic, bool isKept = false)
    {
        var escaped = Uri.EscapeDataString(Encoding.UTF8.GetString(topic));
        return string.Concat(string.Concat(Name, DialectKey, dialect), TopicKey, escaped, isKept ? Kept : "");
    }

    /// <summary>Takes it apart again; false where it is none.</summary>
    public static bool TryParse(string format, out string dialect, out byte[] topic, out bool isKept)
    {
        (dialect, topic, isKept) = ("", [], format.EndsWith(Kept, StringComparison.Ordinal));
        if (!format.StartsWith(Name + DialectKey, StringComparison.Ordinal)) return false;
        var named = format[(Name.Length + DialectKey.Length)..(isKept ? format.Length - Kept.Length : format.Length)];
        if (named.Split(TopicKey) is not [var name, var escaped]) return false;
        (dialect, topic) = (name, Encoding.UTF8.GetBytes(Uri.UnescapeDataString(escaped)));
        return true;
    }
}
