using System.Collections.Concurrent;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>
/// What stands below one level of a topic, by name. One thread changes it at a time, any number look meanwhile and see it
/// as it was before the change or after. Takes next to nothing where little or nothing stands below.
/// </summary>
struct Levels<T> where T : class
{
    /// <summary>So many are looked through; more are looked up.</summary>
    const int MostInRow = 8;

    // Null, a row that is replaced and never changed, or a table.
    object? _all;

    public readonly bool IsEmpty => _all is null;

    public readonly IEnumerable<KeyValuePair<string, T>> All =>
        Volatile.Read(in _all) as IEnumerable<KeyValuePair<string, T>> ?? [];

    public readonly T? Find(ReadOnlySpan<char> level)
    {
        switch (Volatile.Read(in _all))
        {
            case KeyValuePair<string, T>[] row:
                foreach (var (name, below) in row)
                    if (level.SequenceEqual(name)) return below;
                return null;
            case ConcurrentDictionary<string, T> table:
                return table.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(level, out var found) ? found : null;
            default:
                return null;
        }
    }

    /// <summary>Adds one whose name is not there yet.</summary>
    public void Add(string level, T below)
    {
        var added = new KeyValuePair<string, T>(level, below);
        switch (_all)
        {
            case ConcurrentDictionary<string, T> table:
                table[level] = below;
                return;
            case KeyValuePair<string, T>[] { Length: >= MostInRow } row:
                Volatile.Write(
                    ref _all, new ConcurrentDictionary<string, T>(1, [.. row, added], StringComparer.Ordinal));
                return;
            default:
                Volatile.Write(
                    ref _all, (KeyValuePair<string, T>[])[.. _all as KeyValuePair<string, T>[] ?? [], added]);
                return;
        }
    }

    public void Remove(string level)
    {
        if (_all is ConcurrentDictionary<string, T> table)
        {
            table.TryRemove(level, out _);
            if (table.IsEmpty) Volatile.Write(ref _all, null);
            return;
        }
        var left = All.Where(one => one.Key != level).ToArray();
        Volatile.Write(ref _all, left.Length > 0 ? left : null);
    }
}
