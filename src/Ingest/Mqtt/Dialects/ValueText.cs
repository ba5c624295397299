using System.Globalization;
using System.Text.Json;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>A value as a gateway writes it: a number, nothing at all, or something that is wrong.</summary>
/// <param name="Number">Null where there is no value, and where it is wrong.</param>
readonly record struct ValueText(double? Number, string? Fault)
{
    public static ValueText Read(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => default,
        JsonValueKind.Number when value.TryGetDouble(out var number) && double.IsFinite(number) => new(number, null),
        JsonValueKind.Number => new(null, "the number is too large"),
        JsonValueKind.String when JsonText.Of(value) is { } text => Read(text),
        var kind => new(null, $"a number is expected, not {kind}"),
    };

    /// <summary>Digits as text are a number; empty text and the ways to write "none" are no value.</summary>
    public static ValueText Read(string text)
    {
        var trimmed = text.AsSpan().Trim();
        if (trimmed.IsEmpty || IsNone(trimmed)) return default;
        return double.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) ? new(number, null) : new(null, $"{Shown.Text(trimmed)} is no number");
    }

    static bool IsNone(ReadOnlySpan<char> text) =>
        text.Equals("nan", StringComparison.OrdinalIgnoreCase) || text.Equals("null", StringComparison.OrdinalIgnoreCase)
            || text.Equals("none", StringComparison.OrdinalIgnoreCase);
}
