using System.Text;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// The metrics of an edge node or of one of its devices, as its last birth defined them. Data are looked up in the scope
/// of their topic and nowhere else. Not safe for threads: the edge node locks.
/// </summary>
sealed class MetricScope
{
    const int LongestName = 512;

    readonly Dictionary<ulong, MetricDefinition> _byAlias = [];
    readonly Dictionary<string, MetricDefinition> _byName = new(StringComparer.Ordinal);

    /// <summary>
    /// False once a message is missing: it may have been a birth, and then an alias means something else by now.
    /// </summary>
    public bool IsCertain { get; set; } = true;

    public int Count => _byAlias.Count + _byName.Count;

    /// <summary>How many entries it may have.</summary>
    public int Room { get; set; } = int.MaxValue;

    /// <summary>An alias that stands for two metrics is of no use to either.</summary>
    public void Define(ulong? alias, string name, MetricDefinition definition)
    {
        if (Count + 2 > Room) return;
        if (definition.IsOurs) _byName[name] = definition;
        if (alias is not { } number || _byAlias.TryAdd(number, definition)) return;
        var (first, second) = (_byAlias[number], definition);
        if (first == second) return;
        _byAlias[number] = (first.IsOurs ? first : second) with { Fault = $"alias {number} stands for two metrics" };
    }

    public MetricDefinition? Find(ulong alias) => _byAlias.GetValueOrDefault(alias);

    /// <summary>The metric of ours with this name, or null.</summary>
    public MetricDefinition? Find(ReadOnlySpan<byte> name)
    {
        if (name.Length > LongestName) return null;
        Span<char> chars = stackalloc char[LongestName];
        var length = Encoding.UTF8.GetChars(name, chars);
        return _byName.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(chars[..length], out var found) ? found : null;
    }
}
