using System.Text;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>
/// Text with names in braces: <c>em:{n}</c>, <c>{device_id}</c>. What a name stands for is a capture or a field
/// (<see cref="MessageScope"/>).
/// </summary>
sealed class TextTemplate
{
    readonly (string Literal, FieldPath? Name)[] _parts;

    TextTemplate((string, FieldPath?)[] parts) => _parts = parts;

    /// <summary>The names in it.</summary>
    public IEnumerable<string> Names => _parts.Select(part => part.Name?.Text).OfType<string>();

    /// <summary>The one name it consists of; null where it is anything else.</summary>
    public FieldPath? SoleName => _parts is [{ Literal: "", Name: { } name }] ? name : null;

    /// <summary>The template; null where its braces do not fit.</summary>
    public static TextTemplate? Parse(string text)
    {
        var parts = new List<(string, FieldPath?)>();
        for (var at = 0; at < text.Length;)
        {
            var open = text.IndexOf('{', at);
            if (open < 0)
            {
                parts.Add((text[at..], null));
                break;
            }
            var close = text.IndexOf('}', open);
            if (close < open + 2) return null;
            parts.Add((text[at..open], new FieldPath(text[(open + 1)..close])));
            at = close + 1;
        }
        return new TextTemplate([.. parts]);
    }

    /// <summary>The text with all names filled in; null where one stands for nothing.</summary>
    public string? Render(MessageScope scope)
    {
        if (SoleName is { } only) return scope.Text(only);
        if (_parts is [var (literal, none)] && none is null) return literal;
        var text = new StringBuilder();
        foreach (var (before, name) in _parts)
        {
            text.Append(before);
            if (name is null) continue;
            if (scope.Text(name) is not { } value) return null;
            text.Append(value);
        }
        return text.ToString();
    }
}
