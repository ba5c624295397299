using System.Text;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>
/// The media type of a message in a dialect. With the bytes it is all that is needed to read the message again:
/// <c>application/vnd.energywatch.mqtt; dialect=tasmota; topic=tele%2Fplug%2FSENSOR</c>. A topic that is too long is cut,
/// which an … at its end says; so long a one belongs to no dialect.
/// </summary>
static class DialectFormat
{
    /// <summary>Bytes of a topic that are kept. It stands beside each refusal of its message.</summary>
    public const int LongestTopic = 1024;

    const string Name = "application/vnd.energywatch.mqtt";
    const string DialectKey = "; dialect=";
    const string TopicKey = "; topic=";

    const string Kept = "; kept=true";

    // Never in an escaped topic: it would be escaped too.
    const char Cut = '…';

    /// <summary>Our own format, of a message that a broker had kept from before.</summary>
    public const string KeptJson = PayloadFormats.Json + Kept;

    /// <param name="isKept">A broker had kept the message from before.</param>
    public static string Of(string dialect, ReadOnlySpan<byte> topic, bool isKept = false)
    {
        var isCut = topic.Length > LongestTopic;
        var escaped = Uri.EscapeDataString(Encoding.UTF8.GetString(isCut ? topic[..LongestTopic] : topic));
        if (isCut) escaped += Cut;
        return string.Concat(string.Concat(Name, DialectKey, dialect), TopicKey, escaped, isKept ? Kept : "");
    }

    /// <summary>Takes it apart again; false where it is none.</summary>
    /// <param name="topic">Empty where it was cut.</param>
    public static bool TryParse(string format, out string dialect, out byte[] topic, out bool isKept)
    {
        (dialect, topic, isKept) = ("", [], format.EndsWith(Kept, StringComparison.Ordinal));
        if (!format.StartsWith(Name + DialectKey, StringComparison.Ordinal)) return false;
        var named = format[(Name.Length + DialectKey.Length)..(isKept ? format.Length - Kept.Length : format.Length)];
        if (named.Split(TopicKey) is not [var name, var escaped]) return false;
        dialect = name;
        if (!escaped.EndsWith(Cut)) topic = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(escaped));
        return true;
    }
}
