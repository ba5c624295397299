using System.Globalization;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Where an item stands in its payload, for the words of a refusal. Made into text only when something is
/// wrong.</summary>
/// <param name="Index">Position of the item, from 0.</param>
/// <param name="LineStart">Byte at which the document (or its line) begins.</param>
/// <param name="Line">Number of the line in NDJSON, from 1; 0 where the payload is one document.</param>
/// <param name="Path">JSON path of the list the item stands in; null where the item is the document itself.</param>
readonly record struct ItemPlace(int Index, long LineStart = 0, int Line = 0, string? Path = null)
{
    public override string ToString() => At("", -1);

    /// <summary>The place of something inside the item, for example <c>$.readings[3].values.power (byte
    /// 120)</c>.</summary>
    public string At(string inner, long position)
    {
        var item = Path is null ? "$" : string.Create(CultureInfo.InvariantCulture, $"{Path}[{Index}]");
        var line = Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"line {Line}: ") : "";
        var place = position < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" (byte {LineStart + position})");
        return Line > 0 && inner.Length == 0 && position < 0
            ? string.Create(CultureInfo.InvariantCulture, $"line {Line}")
            : $"{line}{item}{inner}{place}";
    }
}
