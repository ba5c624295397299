using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>
/// Where the reader of a message stands: what its topic and its keys captured, and the JSON objects around it. A name is
/// looked for in the captures, then in the nearest object that has such a field: a value's own time goes before that of
/// the message. Kept for the next message of the thread.
/// </summary>
sealed class MessageScope
{
    readonly Range[] _captures = new Range[TopicPattern.Room];
    readonly List<JsonElement> _around = [];
    readonly List<Dictionary<FieldPath, (bool IsThere, JsonElement Field)>> _found = [];
    readonly List<(string Name, string Value)> _keys = [];
    ReadOnlyMemory<byte> _topic;
    TopicPattern _pattern = null!;

    public Span<Range> Captures => _captures;

    /// <summary>How often an object was searched for a field, in all messages so far.</summary>
    public long Lookups { get; private set; }

    public void Begin(ReadOnlyMemory<byte> topic, TopicPattern pattern)
    {
        (_topic, _pattern) = (topic, pattern);
        foreach (var found in _found) found.Clear();
        _around.Clear();
        _keys.Clear();
    }

    public void Enter(JsonElement around)
    {
        if (_found.Count == _around.Count) _found.Add(new(ReferenceEqualityComparer.Instance));
        else _found[_around.Count].Clear();
        _around.Add(around);
    }

    public void Leave() => _around.RemoveAt(_around.Count - 1);

    public void Name(string name, string value) => _keys.Add((name, value));

    public void Unname() => _keys.RemoveAt(_keys.Count - 1);

    /// <summary>The nearest field of this path; false where no object around has its first name.</summary>
    public bool TryField(FieldPath path, out JsonElement found)
    {
        for (var i = _around.Count - 1; i >= 0; i--)
            if (TryFieldOf(i, path, out found)) return true;
        found = default;
        return false;
    }

    // Each item asks the objects around it for the same fields: looked for in each object once, or the work would grow
    // with the square of the message.
    bool TryFieldOf(int place, FieldPath path, out JsonElement field)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_found[place], path, out var isKnown);
        if (!isKnown)
        {
            Lookups++;
            known.IsThere = path.TryFind(_around[place], out known.Field);
        }
        field = known.Field;
        return known.IsThere;
    }

    /// <summary>The field of the item itself.</summary>
    public bool TryOwn(FieldPath path, out JsonElement found) => path.TryFind(_around[^1], out found);

    /// <summary>
    /// What the name stands for, as text; null where there is nothing of that name or it is neither text nor number.
    /// </summary>
    public string? Text(FieldPath name)
    {
        if (CaptureOf(name.Text) is { } captured) return captured;
        return TryField(name, out var field) ? JsonText.Scalar(field) : null;
    }

    /// <summary>The capture of this name, or null.</summary>
    public string? CaptureOf(string name)
    {
        for (var i = _keys.Count - 1; i >= 0; i--)
            if (_keys[i].Name == name) return _keys[i].Value;
        var level = _pattern.LevelOf(name);
        return level < 0 ? null : Encoding.UTF8.GetString(_topic.Span[_captures[level]]);
    }

    /// <summary>True where something stands there; null is nothing.</summary>
    public bool Has(FieldPath name) =>
        CaptureOf(name.Text) is not null || (TryField(name, out var field) && field.ValueKind != JsonValueKind.Null);
}

/// <summary>
/// A field by its path below an object: <c>time</c>, <c>data.id</c>, <c>services.0.event_type</c> (the first of a list),
/// <c>point[id=0].val</c> (the first of a list whose field has this value).
/// </summary>
sealed record FieldPath(string Text)
{
    readonly Step[] _steps = [.. Text.Split('.').Select(Step.Parse)];

    public bool TryFind(JsonElement around, out JsonElement found)
    {
        found = around;
        foreach (var step in _steps)
            if (!step.TryFollow(found, out found)) return false;
        return true;
    }

    sealed record Step(string Name, int Place, string? Key, string Value)
    {
        public static Step Parse(string text)
        {
            var place = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
            var (open, equals) = (text.IndexOf('['), text.IndexOf('='));
            return open > 0 && equals > open && text.EndsWith(']')
                ? new Step(text[..open], -1, text[(open + 1)..equals], text[(equals + 1)..^1])
                : new Step(text, place, null, "");
        }

        public bool TryFollow(JsonElement from, out JsonElement found)
        {
            found = default;
            if (from.ValueKind == JsonValueKind.Array && Place >= 0 && Place < from.GetArrayLength())
            {
                found = from[Place];
                return true;
            }
            if (from.ValueKind != JsonValueKind.Object || !from.TryGetProperty(Name, out found)) return false;
            return Key is null || TryPick(found, out found);
        }

        bool TryPick(JsonElement list, out JsonElement found)
        {
            found = default;
            if (list.ValueKind != JsonValueKind.Array) return false;
            foreach (var one in list.EnumerateArray())
            {
                if (one.ValueKind != JsonValueKind.Object || !one.TryGetProperty(Key!, out var key)) continue;
                if (JsonText.Scalar(key) != Value) continue;
                found = one;
                return true;
            }
            return false;
        }
    }
}

/// <summary>Text in JSON that may hold half of a surrogate pair, at which the reader throws.</summary>
static class JsonText
{
    public static string? Of(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Text, or a number, true or false as it was written; null for anything else.</summary>
    public static string? Scalar(JsonElement field) => field.ValueKind switch
    {
        JsonValueKind.String => Of(field),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => field.GetRawText(),
        _ => null,
    };

    public static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
