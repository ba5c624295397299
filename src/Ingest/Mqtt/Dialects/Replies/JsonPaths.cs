using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EnergyWatch.Ingest.Mqtt.Dialects.Replies;

/// <summary>
/// Single values of a JSON message, picked in one pass: <c>msgId</c>, <c>sys.ack</c>, <c>services.0.event_type</c>. Each
/// is kept as it was written, so that what is sent back is what came: a number stays one, and so does text.
/// </summary>
sealed class JsonPaths
{
    /// <summary>What is longer is not picked: nobody makes us send back what fills a message.</summary>
    const int LongestPick = 256;

    static readonly JsonReaderOptions Options = new() { MaxDepth = 32 };

    readonly Node _root = new("");
    readonly List<string> _paths = [];

    /// <summary>The place of this path among what is picked; the same for the same path.</summary>
    public int PlaceOf(string path)
    {
        var known = _paths.IndexOf(path);
        if (known >= 0) return known;
        var node = _root;
        foreach (var step in path.Split('.')) node = node.Step(step);
        node.Place = _paths.Count;
        _paths.Add(path);
        return node.Place;
    }

    /// <summary>What stands at the paths; nothing where this is no JSON document.</summary>
    public JsonPicks Pick(ReadOnlySpan<byte> json)
    {
        if (_paths.Count == 0 || json.IsEmpty) return JsonPicks.None;
        var found = new byte[]?[_paths.Count];
        try
        {
            var reader = new Utf8JsonReader(json, Options);
            reader.Read();
            Visit(ref reader, json, _root, found);
            reader.Read(); // Anything but white space after the document is a JsonException.
            return new JsonPicks(found);
        }
        catch (JsonException)
        {
            return JsonPicks.None;
        }
    }

    static void Visit(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, Node node, byte[]?[] found)
    {
        var start = (int)reader.TokenStartIndex;
        if (node.Children.Count == 0) reader.Skip();
        else if (reader.TokenType == JsonTokenType.StartObject) VisitObject(ref reader, json, node, found);
        else if (reader.TokenType == JsonTokenType.StartArray) VisitList(ref reader, json, node, found);
        if (node.Place < 0 || found[node.Place] is not null) return;
        var token = json[start..(int)reader.BytesConsumed];
        if (token.Length <= LongestPick && Utf8.IsValid(token)) found[node.Place] = token.ToArray();
    }

    static void VisitObject(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, Node node, byte[]?[] found)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var child = node.Named(ref reader);
            reader.Read();
            if (child is null) reader.Skip();
            else Visit(ref reader, json, child, found);
        }
    }

    static void VisitList(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, Node node, byte[]?[] found)
    {
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (node.Children.Find(child => child.Index == index) is { } child) Visit(ref reader, json, child, found);
            else reader.Skip();
        }
    }

    sealed class Node(string name)
    {
        readonly byte[] _name = Encoding.UTF8.GetBytes(name);

        public int Index { get; } = int.TryParse(name, System.Globalization.CultureInfo.InvariantCulture, out var index) ? index : -1;
        public int Place { get; set; } = -1;
        public List<Node> Children { get; } = [];

        public Node Step(string step)
        {
            if (Children.Find(child => child._name.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(step))) is { } known)
                return known;
            var node = new Node(step);
            Children.Add(node);
            return node;
        }

        // A name that is written with escapes is none we look for.
        public Node? Named(ref Utf8JsonReader reader)
        {
            if (reader.ValueIsEscaped) return null;
            foreach (var child in Children)
                if (reader.ValueTextEquals(child._name)) return child;
            return null;
        }
    }
}

/// <summary>What a message held at the paths, in the order of their places.</summary>
sealed class JsonPicks(IReadOnlyList<byte[]?> found)
{
    public static JsonPicks None { get; } = new([]);

    /// <summary>As it was written, quotes and all; null where there is none, or one that is too long.</summary>
    public byte[]? At(int place) => place < found.Count ? found[place] : null;

    /// <summary>The same as text without its quotes: 1 and "1" read alike.</summary>
    public string? TextAt(int place) => At(place) is { } token ? Encoding.UTF8.GetString(token).Trim('"') : null;
}
