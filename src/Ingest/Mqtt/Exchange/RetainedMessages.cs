namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>
/// The last retained message of each topic, level by level. Bounded in number and in bytes, and each owner may hold a
/// part only. Not safe for threads: its owner locks.
/// </summary>
sealed class RetainedMessages(MqttOptions options, TimeProvider clock)
{
    readonly Node _root = new();
    readonly Dictionary<string, int> _perOwner = [];
    long _bytes;

    public int Count { get; private set; }

    /// <summary>True where there is room for it, or where it replaces or removes one.</summary>
    public bool HasRoomFor(ClientMessage message)
    {
        if (message.Payload.IsEmpty) return true;
        var known = Find(message.Topic)?.Message;
        if (known is not null) return _bytes - known.Weight + message.Weight <= options.RetainedBytes;
        return Count < options.MaxRetained && _bytes + message.Weight <= options.RetainedBytes
            && _perOwner.GetValueOrDefault(message.Publisher.Gateway) < MostOf(message.Publisher.Gateway);
    }

    /// <summary>Keeps it in place of the one before; one without a payload only removes that (3.1.1 §3.3.1.3).</summary>
    public void Set(ClientMessage message)
    {
        Remove(message.Topic);
        if (message.Payload.IsEmpty) return;
        var node = _root;
        foreach (var level in message.Topic.Split('/')) node = node.Child(level);
        node.Message = message;
        Count++;
        _bytes += message.Weight;
        _perOwner[message.Publisher.Gateway] = _perOwner.GetValueOrDefault(message.Publisher.Gateway) + 1;
    }

    /// <summary>Those the filter means and whose life is not over.</summary>
    public IReadOnlyList<ClientMessage> Matching(string filter)
    {
        var found = new List<ClientMessage>();
        Collect(_root, filter.Split('/'), isFirst: true, found);
        foreach (var over in found.Where(message => message.SecondsLeft(clock) == 0).ToList())
        {
            Remove(over.Topic);
            found.Remove(over);
        }
        return found;
    }

    /// <summary>Forgets all that this owner published: it is no longer one of ours.</summary>
    public void ForgetOwner(string gateway)
    {
        if (!_perOwner.ContainsKey(gateway)) return;
        var all = new List<ClientMessage>();
        Everything(_root, all);
        foreach (var message in all.Where(message => message.Publisher.Gateway == gateway)) Remove(message.Topic);
    }

    public IReadOnlyCollection<string> Owners => _perOwner.Keys;

    int MostOf(string owner) => owner.Length == 0 ? options.MaxRetained : options.MaxRetainedPerGateway;

    Node? Find(string topic)
    {
        var node = _root;
        foreach (var level in topic.Split('/'))
        {
            if (node.Children is null || !node.Children.TryGetValue(level, out var child)) return null;
            node = child;
        }
        return node;
    }

    void Remove(string topic)
    {
        if (Remove(_root, topic.Split('/')) is not { } removed) return;
        Count--;
        _bytes -= removed.Weight;
        if (--_perOwner[removed.Publisher.Gateway] == 0) _perOwner.Remove(removed.Publisher.Gateway);
    }

    static ClientMessage? Remove(Node node, ReadOnlySpan<string> levels)
    {
        ClientMessage? removed;
        if (levels.IsEmpty)
        {
            (removed, node.Message) = (node.Message, null);
            return removed;
        }
        if (node.Children is null || !node.Children.TryGetValue(levels[0], out var child)) return null;
        removed = Remove(child, levels[1..]);
        if (child.IsEmpty) node.Children.Remove(levels[0]);
        return removed;
    }

    static void Collect(Node node, ReadOnlySpan<string> levels, bool isFirst, List<ClientMessage> into)
    {
        if (levels.IsEmpty)
        {
            if (node.Message is not null) into.Add(node.Message);
            return;
        }
        if (levels[0] is "#")
        {
            // a/# means a too.
            if (!isFirst && node.Message is not null) into.Add(node.Message);
            foreach (var (level, child) in node.Children ?? [])
                if (!isFirst || !level.StartsWith('$')) Everything(child, into);
            return;
        }
        foreach (var (level, child) in node.Children ?? [])
            if (levels[0] == level || (levels[0] is "+" && !(isFirst && level.StartsWith('$'))))
                Collect(child, levels[1..], isFirst: false, into);
    }

    static void Everything(Node node, List<ClientMessage> into)
    {
        if (node.Message is not null) into.Add(node.Message);
        foreach (var child in node.Children?.Values.ToList() ?? []) Everything(child, into);
    }

    sealed class Node
    {
        public Dictionary<string, Node>? Children { get; private set; }
        public ClientMessage? Message { get; set; }
        public bool IsEmpty => Message is null && Children is not { Count: > 0 };

        public Node Child(string level)
        {
            Children ??= new Dictionary<string, Node>(StringComparer.Ordinal);
            if (!Children.TryGetValue(level, out var child)) Children[level] = child = new Node();
            return child;
        }
    }
}
