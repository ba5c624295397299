using System.Collections.Concurrent;
using System.Text;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>
/// What a dialect remembers of its gateways from one message to the next: which values they said cannot be relied on, and
/// what was already said of them. Bounded: what no longer fits is said again, or not marked, and nothing else.
/// </summary>
sealed class DialectMemory
{
    const int MostMarks = 100_000;
    const int MostRemarks = 10_000;
    const int MostFormats = 20_000;

    readonly ConcurrentDictionary<(string Gateway, string Mark), bool> _marks = new();
    readonly ConcurrentDictionary<(string Gateway, string About), bool> _said = new();
    readonly ConcurrentDictionary<string, string> _formats = new();

    public void Mark(string gateway, string mark, bool isBad)
    {
        if (!isBad)
        {
            _marks.TryRemove((gateway, mark), out _);
            _said.TryRemove((gateway, mark), out _);
        }
        else if (_marks.Count < MostMarks) _marks[(gateway, mark)] = true;
    }

    public bool HasMarks => !_marks.IsEmpty;

    public bool IsMarked(string gateway, string mark) => _marks.ContainsKey((gateway, mark));

    /// <summary>True the first time that this is to be said of the gateway.</summary>
    public bool IsNews(string gateway, string about) => _said.Count < MostRemarks && _said.TryAdd((gateway, about), true);

    /// <summary>The format of a message to this topic, made once for each topic.</summary>
    public string FormatOf(string dialect, ReadOnlySpan<byte> topic)
    {
        Span<char> chars = stackalloc char[256];
        if (topic.Length > chars.Length) return DialectFormat.Of(dialect, topic);
        var length = Encoding.UTF8.GetChars(topic, chars);
        if (_formats.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(chars[..length], out var known)) return known;
        var format = DialectFormat.Of(dialect, topic);
        if (_formats.Count < MostFormats) _formats[chars[..length].ToString()] = format;
        return format;
    }
}
