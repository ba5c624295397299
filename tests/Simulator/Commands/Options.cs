using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace EnergyWatch.Simulator.Commands;

static class Options
{
    public static Option<DirectoryInfo> Out() =>
        new("--out") { Required = true, Description = "Folder to write to; made where it is missing." };

    /// <summary>An instant in RFC 3339 with offset, or a day, which means its first minute in the county (UTC+8).</summary>
    public static Option<DateTimeOffset?> Time(string name, string description) =>
        new(name) { Description = description, CustomParser = Parse };

    static DateTimeOffset? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var written = text.Length == 10 ? $"{text}T00:00:00+08:00" : text;
        string[] formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        if (DateTimeOffset.TryParseExact(written, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return time;
        result.AddError($"'{text}' is no time: write 2025-10-01 or 2025-10-01T00:00:00+08:00.");
        return null;
    }
}
