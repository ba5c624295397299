using System.Text;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Who was sighted since it was last saved. Bounded: however many names somebody makes up, so many are kept,
/// and the rest is counted.</summary>
sealed class SightingNotes
{
    const int LongestName = 120;
    const int LongestTopic = 200;

    readonly Lock _lock = new();
    readonly Dictionary<(string Way, string Name), Sighting> _seen = [];
    long _unlisted;

    public void Add(string way, string name, string? address, string? dialect, string? topic, Instant at)
    {
        if (name.Length == 0) return;
        var sighting = new Sighting(
            0, Clean(name, LongestName), way, address, dialect, topic is null ? null : Clean(topic, LongestTopic), at, at, 1);
        lock (_lock) Add(sighting);
    }

    public (IReadOnlyList<Sighting> Seen, long Unlisted) Take()
    {
        lock (_lock)
        {
            (IReadOnlyList<Sighting>, long) taken = ([.. _seen.Values], _unlisted);
            _seen.Clear();
            _unlisted = 0;
            return taken;
        }
    }

    public void GiveBack(IReadOnlyList<Sighting> seen, long unlisted)
    {
        lock (_lock)
        {
            _unlisted += unlisted;
            foreach (var sighting in seen) Add(sighting);
        }
    }

    void Add(Sighting sighting)
    {
        var key = (sighting.Way, sighting.Name);
        if (_seen.TryGetValue(key, out var known))
        {
            var (first, last) = known.LastSeen <= sighting.LastSeen ? (known, sighting) : (sighting, known);
            _seen[key] = last with
            {
                Address = last.Address ?? first.Address, Dialect = last.Dialect ?? first.Dialect,
                Topic = last.Topic ?? first.Topic, FirstSeen = first.FirstSeen, Count = first.Count + last.Count,
            };
        }
        else if (_seen.Count < ISightings.Most) _seen.Add(key, sighting);
        else _unlisted++;
    }

    // Foreign text: it is shown to officers, and stays short.
    static string Clean(string text, int most)
    {
        var clean = new StringBuilder(Math.Min(text.Length, most));
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, most)))
            clean.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        return clean.ToString();
    }
}
