namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>One message per topic, level by level. Not safe for threads: its owner locks.</summary>
sealed class RetainedTree
{
    readonly Node _root = new();

    public ClientMessage? Find(string topic)
    {
        var node = _root;
        foreach (var level in topic.AsSpan().Split('/'))
        {
            if (node.Below.Find(topic.AsSpan()[level]) is not { } child) return null;
            node = child;
        }
        return node.Message;
    }

    public void Set(ClientMessage message)
    {
        var node = _root;
        foreach (var level in message.Topic.Split('/'))
        {
            if (node.Below.Find(level) is not { } child) node.Below.Add(level, child = new Node());
            node = child;
        }
        node.Message = message;
    }

    public void Remove(string topic) => Remove(_root, topic.Split('/'));

    /// <summary>Adds those the filter means.</summary>
    public void Match(string filter, List<ClientMessage> into) => Match(_root, filter.Split('/'), isFirst: true, into);

    static void Remove(Node node, ReadOnlySpan<string> levels)
    {
        if (levels.IsEmpty)
        {
            node.Message = null;
            return;
        }
        if (node.Below.Find(levels[0]) is not { } child) return;
        Remove(child, levels[1..]);
        if (child.IsEmpty) node.Below.Remove(levels[0]);
    }

    static void Match(Node node, ReadOnlySpan<string> levels, bool isFirst, List<ClientMessage> into)
    {
        if (levels.IsEmpty || levels[0] is "#")
        {
            // a/# means a too.
            if (!isFirst && node.Message is not null) into.Add(node.Message);
            if (levels.IsEmpty) return;
        }
        if (levels[0] is not ("+" or "#"))
        {
            if (node.Below.Find(levels[0]) is { } child) Match(child, levels[1..], isFirst: false, into);
            return;
        }
        // A wildcard in the first level does not mean names that begin with a dollar sign (§4.7.2).
        foreach (var (level, child) in node.Below.All)
            if (!isFirst || !level.StartsWith('$')) Match(child, levels[0] is "#" ? levels : levels[1..], isFirst: false, into);
    }

    sealed class Node
    {
        Levels<Node> _below;

        public ref Levels<Node> Below => ref _below;
        public ClientMessage? Message { get; set; }
        public bool IsEmpty => Message is null && _below.IsEmpty;
    }
}
