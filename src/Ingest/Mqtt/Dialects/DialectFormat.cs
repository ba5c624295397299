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

    public static string Of(string dialect, ReadOnlySpan<byte> topic) =>
        string.Concat(Name, DialectKey, dialect, string.Concat(TopicKey, Uri.EscapeDataString(Encoding.UTF8.GetString(topic))));

    /// <summary>Takes it apart again; false where it is none.</summary>
    public static bool TryParse(string format, out string dialect, out byte[] topic)
    {
        (dialect, topic) = ("", []);
        if (!format.StartsWith(Name + DialectKey, StringComparison.Ordinal)) return false;
        var named = format[(Name.Length + DialectKey.Length)..];
        if (named.Split(TopicKey) is not [var name, var escaped]) return false;
        (dialect, topic) = (name, Encoding.UTF8.GetBytes(Uri.UnescapeDataString(escaped)));
        return true;
    }
}
