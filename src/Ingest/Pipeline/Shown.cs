using System.Text;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Foreign text in our own messages: quoted, without control characters, never long.</summary>
static class Shown
{
    const int Longest = 60;

    public static string Text(ReadOnlySpan<char> text)
    {
        var shown = new StringBuilder(Longest + 4).Append('\'');
        foreach (var c in text[..Math.Min(text.Length, Longest)])
            shown.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        return shown.Append(text.Length > Longest ? "…'" : "'").ToString();
    }

    /// <summary>The same without quotes, for a field of its own.</summary>
    public static string Plain(ReadOnlySpan<char> text) => Text(text)[1..^1];

    public static string Text(ReadOnlySpan<byte> utf8) =>
        Text(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, Longest * 4)]));
}
