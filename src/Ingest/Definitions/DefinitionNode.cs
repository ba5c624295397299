using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace EnergyWatch.Ingest.Definitions;

/// <summary>One thing wrong with a definition file: where (file, line, path of keys) and what is allowed.</summary>
public sealed record DefinitionFault(string File, int Line, string Place, string Reason)
{
    public override string ToString() => $"{File}:{Line} {Place}: {Reason}";
}

/// <summary>
/// A mapping of a YAML file, read key by key. It notes every fault with its line instead of stopping at the first, and at the end the
/// keys that nobody asked for: a misspelt one must not pass as absent.
/// </summary>
sealed class DefinitionNode(YamlMappingNode node, string file, string path, List<DefinitionFault> faults)
{
    static readonly Dictionary<string, bool> YesNo = new() { ["true"] = true, ["false"] = false };

    readonly HashSet<string> _asked = [];

    public int Line => (int)node.Start.Line;

    public void Fault(string key, string reason) =>
        faults.Add(new DefinitionFault(file, LineOf(key), Join(key), reason));

    public string Text(string key) => OptionalText(key) ?? Missing(key, "");

    public string? OptionalText(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode { Value: { } text } when text.Trim().Length > 0 => text.Trim(),
        _ => Refuse<string?>(key, "must be text", null),
    };

    public long Whole(string key, long min, long max, long? absent = null)
    {
        if (OptionalText(key) is not { } text) return absent ?? Missing(key, min);
        return TryWhole(text, out var number) && number <= long.MaxValue && (long)number >= min && (long)number <= max
            ? (long)number
            : Refuse(key, $"must be a whole number from {min} to {max}", min);
    }

    public decimal Number(string key, decimal? absent = null)
    {
        if (OptionalText(key) is not { } text) return absent ?? Missing(key, 0m);
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : Refuse(key, "must be a number", 0m);
    }

    public double Real(string key)
    {
        if (OptionalText(key) is not { } text) return Missing(key, 0d);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : Refuse(key, "must be a number", 0d);
    }

    public T OneOf<T>(string key, IReadOnlyDictionary<string, T> names, T? absent = null) where T : struct
    {
        if (OptionalText(key) is not { } text) return absent ?? Missing(key, default(T));
        return names.TryGetValue(text, out var value) ? value : Refuse(key, $"must be one of {string.Join(", ", names.Keys)}", default(T));
    }

    /// <summary><c>true</c> or <c>false</c>; false where the key is absent.</summary>
    public bool Flag(string key) => OneOf(key, YesNo, false);

    /// <summary>Whole numbers, decimal or with 0x; empty where the key is absent.</summary>
    public IReadOnlyList<ulong> Wholes(string key, ulong max)
    {
        var numbers = new List<ulong>();
        foreach (var item in Sequence(key))
        {
            if (item is YamlScalarNode { Value: { } text } && TryWhole(text, out var number) && number <= max) numbers.Add(number);
            else Refuse(key, $"must hold whole numbers up to 0x{max:X}", 0);
        }
        return numbers;
    }

    public IReadOnlyList<string> Texts(string key)
    {
        var texts = new List<string>();
        foreach (var item in Sequence(key))
        {
            if (item is YamlScalarNode { Value: { } text } && text.Trim().Length > 0) texts.Add(text.Trim());
            else return Refuse(key, "must hold texts", texts);
        }
        return texts.Count > 0 ? texts : Missing(key, texts);
    }

    /// <summary>The keys and values of a mapping as they stand; empty where the key is absent.</summary>
    public IEnumerable<(string Key, YamlNode Value)> Entries(string key)
    {
        if (Find(key) is not { } found) yield break;
        if (found is not YamlMappingNode entries)
        {
            Fault(key, "must hold keys and values");
            yield break;
        }
        foreach (var (name, value) in entries.Children)
        {
            if (name is YamlScalarNode { Value: { } text }) yield return (text, value);
            else Fault(key, "a key must be text");
        }
    }

    /// <summary>What stands at this key, or null.</summary>
    public YamlNode? At(string key) => Find(key);

    /// <summary>A mapping further down, with the place that its faults name.</summary>
    public DefinitionNode Of(YamlMappingNode child, string place) => new(child, file, Join(place), faults);

    public DefinitionNode? Child(string key) => Find(key) switch
    {
        null => null,
        YamlMappingNode child => new DefinitionNode(child, file, Join(key), faults),
        _ => Refuse<DefinitionNode?>(key, "must hold keys and values", null),
    };

    public IEnumerable<DefinitionNode> Children(string key)
    {
        var index = 0;
        foreach (var item in Sequence(key))
        {
            var place = $"{Join(key)}[{index++}]";
            if (item is YamlMappingNode child) yield return new DefinitionNode(child, file, place, faults);
            else faults.Add(new DefinitionFault(file, (int)item.Start.Line, place, "must hold keys and values"));
        }
    }

    /// <summary>Notes every key that was never asked for.</summary>
    public void Finish()
    {
        foreach (var key in node.Children.Keys)
        {
            if (key is not YamlScalarNode { Value: var name }) faults.Add(new DefinitionFault(file, (int)key.Start.Line, path, "a key must be text"));
            else if (!_asked.Contains(name ?? "")) faults.Add(new DefinitionFault(file, (int)key.Start.Line, Join(name ?? ""), "is not a known key"));
        }
    }

    /// <summary>A whole number, decimal or with 0x.</summary>
    public static bool TryWhole(string text, out ulong number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>The items of a list as they stand; empty where the key is absent.</summary>
    public IEnumerable<YamlNode> Sequence(string key) => Find(key) switch
    {
        null => [],
        YamlSequenceNode items => items.Children,
        _ => Refuse<IEnumerable<YamlNode>>(key, "must be a list", []),
    };

    YamlNode? Find(string key)
    {
        _asked.Add(key);
        return node.Children.TryGetValue(new YamlScalarNode(key), out var found) ? found : null;
    }

    // Of the key, not of its value, which may begin a line below.
    int LineOf(string key) => node.Children.Keys.FirstOrDefault(known => known is YamlScalarNode { Value: var name } && name == key) is { } found
        ? (int)found.Start.Line
        : Line;

    T Missing<T>(string key, T instead) => Refuse(key, "is missing", instead);

    T Refuse<T>(string key, string reason, T instead)
    {
        Fault(key, reason);
        return instead;
    }

    string Join(string key) => path.Length == 0 ? key : $"{path}.{key}";
}
