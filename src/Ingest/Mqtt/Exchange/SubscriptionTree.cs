using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>A subscription that was granted.</summary>
/// <param name="Identifier">0 where none was given.</param>
sealed record Granted(ClientSession Session, Subscription Subscription, uint Identifier);

/// <summary>
/// Who subscribed to what, level by level. Not safe for threads: its owner locks. A topic costs one look-up per level
/// and nothing is allocated where nobody subscribed.
/// </summary>
sealed class SubscriptionTree
{
    readonly Node _root = new();

    /// <summary>Sets the subscription of its session to its filter; true where it is new.</summary>
    public bool Set(Granted granted)
    {
        var node = _root;
        foreach (var level in granted.Subscription.Filter.Split('/')) node = node.Child(level);
        var isNew = node.Here.All(known => known.Session != granted.Session);
        node.Here.RemoveAll(known => known.Session == granted.Session);
        node.Here.Add(granted);
        return isNew;
    }

    public bool Remove(ClientSession session, string filter) => Remove(_root, session, filter.Split('/'));

    /// <summary>Adds to the list what matches the topic name (3.1.1 §4.7).</summary>
    public void Match(string topic, List<Granted> into) => Match(_root, topic, isFirst: true, into);

    static bool Remove(Node node, ClientSession session, ReadOnlySpan<string> levels)
    {
        if (levels.IsEmpty) return node.Here.RemoveAll(known => known.Session == session) > 0;
        if (node.Children is null || !node.Children.TryGetValue(levels[0], out var child)) return false;
        var removed = Remove(child, session, levels[1..]);
        if (child.IsEmpty) node.Children.Remove(levels[0]);
        return removed;
    }

    // A wildcard in the first level does not mean names that begin with a dollar sign (§4.7.2).
    static void Match(Node node, ReadOnlySpan<char> rest, bool isFirst, List<Granted> into)
    {
        if (node.Children is not { } children) return;
        var slash = rest.IndexOf('/');
        var level = slash < 0 ? rest : rest[..slash];
        var hidden = isFirst && level.StartsWith('$');
        if (!hidden && children.TryGetValue("#", out var all)) into.AddRange(all.Here);
        Down(children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(level, out var exact) ? exact : null, rest);
        if (!hidden && children.TryGetValue("+", out var any)) Down(any, rest);

        void Down(Node? next, ReadOnlySpan<char> rest)
        {
            if (next is null) return;
            if (slash >= 0)
            {
                Match(next, rest[(slash + 1)..], isFirst: false, into);
                return;
            }
            into.AddRange(next.Here);
            // a/# means a too.
            if (next.Children?.TryGetValue("#", out var below) == true) into.AddRange(below.Here);
        }
    }

    sealed class Node
    {
        public Dictionary<string, Node>? Children { get; private set; }
        public List<Granted> Here { get; } = [];
        public bool IsEmpty => Here.Count == 0 && Children is not { Count: > 0 };

        public Node Child(string level)
        {
            Children ??= new Dictionary<string, Node>(StringComparer.Ordinal);
            if (!Children.TryGetValue(level, out var child)) Children[level] = child = new Node();
            return child;
        }
    }
}
