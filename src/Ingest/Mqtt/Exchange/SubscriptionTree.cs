using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>A subscription that was granted.</summary>
/// <param name="Identifier">The property that says by which subscription a message comes; empty where it has none.</param>
sealed record Granted(ClientSession Session, Subscription Subscription, ReadOnlyMemory<byte> Identifier);

/// <summary>
/// Who subscribed to what, level by level. One thread changes it at a time, its owner sees to that; any number match
/// meanwhile and wait for nobody. A topic costs one look-up per level and nothing is allocated. Filters with many
/// wildcards can make it more, up to every node they have together; therefore they are weighed.
/// </summary>
sealed class SubscriptionTree
{
    /// <summary>What a level takes, and what a subscription does besides, in bytes.</summary>
    const int LevelBytes = 120;
    const int SubscriptionBytes = 160;

    readonly Node _root = new();

    /// <summary>What a subscription to the filter holds in memory, in bytes.</summary>
    public static int WeightOf(string filter) =>
        SubscriptionBytes + 4 * filter.Length + LevelBytes * (1 + filter.AsSpan().Count('/'));

    /// <summary>Sets the subscription of its session to its filter; true where it is new.</summary>
    public bool Set(Granted granted)
    {
        var node = _root;
        foreach (var level in granted.Subscription.Filter.Split('/')) node = node.ChildFor(level);
        var before = node.Here;
        var at = Array.FindIndex(before, known => known.Session == granted.Session);
        node.Here = at < 0 ? [.. before, granted] : [.. before[..at], granted, .. before[(at + 1)..]];
        return at < 0;
    }

    public bool Remove(ClientSession session, string filter) => Remove(_root, session, filter.Split('/'));

    /// <summary>Adds what matches the topic name (3.1.1 §4.7).</summary>
    public void Match(ReadOnlySpan<char> topic, Audience into) => Match(_root, topic, isFirst: true, into);

    static bool Remove(Node node, ClientSession session, ReadOnlySpan<string> levels)
    {
        if (levels.IsEmpty)
        {
            var before = node.Here;
            node.Here = Array.FindAll(before, known => known.Session != session);
            return node.Here.Length < before.Length;
        }
        if (node.Child(levels[0]) is not { } child) return false;
        var removed = Remove(child, session, levels[1..]);
        if (child.IsEmpty) node.Forget(levels[0]);
        return removed;
    }

    // A wildcard in the first level does not mean names that begin with a dollar sign (§4.7.2).
    static void Match(Node node, ReadOnlySpan<char> rest, bool isFirst, Audience into)
    {
        var slash = rest.IndexOf('/');
        var level = slash < 0 ? rest : rest[..slash];
        var below = slash < 0 ? default : rest[(slash + 1)..];
        var isHidden = isFirst && level.StartsWith('$');
        if (!isHidden && node.All is { } all) into.Add(all.Here);
        Down(node.Named(level), below, slash < 0, into);
        if (!isHidden) Down(node.Any, below, slash < 0, into);
    }

    static void Down(Node? node, ReadOnlySpan<char> below, bool isLast, Audience into)
    {
        if (node is null) return;
        if (!isLast)
        {
            Match(node, below, isFirst: false, into);
            return;
        }
        into.Add(node.Here);
        // a/# means a too.
        if (node.All is { } all) into.Add(all.Here);
    }

    sealed class Node
    {
        Levels<Node> _named;
        Granted[] _here = [];
        Node? _any;
        Node? _all;

        /// <summary>Replaced and never changed.</summary>
        public Granted[] Here
        {
            get => Volatile.Read(ref _here);
            set => Volatile.Write(ref _here, value);
        }

        /// <summary>Below '+' and below '#'.</summary>
        public Node? Any => Volatile.Read(ref _any);
        public Node? All => Volatile.Read(ref _all);

        public bool IsEmpty => _here.Length == 0 && _any is null && _all is null && _named.IsEmpty;

        public Node? Named(ReadOnlySpan<char> level) => _named.Find(level);

        public Node? Child(string level) => level switch { "+" => _any, "#" => _all, _ => _named.Find(level) };

        public Node ChildFor(string level)
        {
            if (Child(level) is { } known) return known;
            var child = new Node();
            if (level is "+") Volatile.Write(ref _any, child);
            else if (level is "#") Volatile.Write(ref _all, child);
            else _named.Add(level, child);
            return child;
        }

        public void Forget(string level)
        {
            if (level is "+") Volatile.Write(ref _any, null);
            else if (level is "#") Volatile.Write(ref _all, null);
            else _named.Remove(level);
        }
    }
}
