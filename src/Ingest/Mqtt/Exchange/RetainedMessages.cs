namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>
/// The last retained message of each topic, level by level. Bounded in number and in bytes, and each gateway may hold a
/// part only; what is over makes room. Not safe for threads: its owner locks.
/// </summary>
sealed class RetainedMessages(MqttOptions options, TimeProvider clock)
{
    readonly RetainedTree _tree = new();
    readonly Dictionary<string, Owner> _owners = new(StringComparer.Ordinal);

    // Those that will be over, the first of them in front.
    readonly SortedSet<(long At, string Topic)> _ending = new(
        Comparer<(long At, string Topic)>.Create(static (one, other) =>
            one.At != other.At ? one.At.CompareTo(other.At) : string.CompareOrdinal(one.Topic, other.Topic)));
    long _bytes;

    public int Count { get; private set; }

    /// <summary>
    /// Keeps it in place of the one before; one without a payload only removes that (3.1.1 §3.3.1.3). False where there
    /// is no room for it: then the one before stays.
    /// </summary>
    public bool TrySet(ClientMessage message)
    {
        var known = _tree.Find(message.Topic);
        if (message.Payload.IsEmpty)
        {
            if (known is not null) Remove(known);
            return true;
        }
        if (!HasRoomFor(message, known))
        {
            DropOver();
            known = _tree.Find(message.Topic);
            if (!HasRoomFor(message, known)) return false;
        }
        if (known is not null) Remove(known);
        Add(message);
        return true;
    }

    /// <summary>Adds those the filter means and whose life is not over.</summary>
    public void Match(string filter, List<ClientMessage> into)
    {
        DropOver();
        _tree.Match(filter, into);
    }

    /// <summary>Forgets what was published by gateways that are no longer ours.</summary>
    public void KeepOnlyOf(IReadOnlySet<string> gateways)
    {
        foreach (var owner in _owners.Keys.Where(owner => owner.Length > 0 && !gateways.Contains(owner)).ToList())
            foreach (var message in _owners[owner].Messages.ToList())
                Remove(message);
    }

    bool HasRoomFor(ClientMessage message, ClientMessage? known)
    {
        var weight = WeightOf(message);
        var (count, bytes) = known is null ? (Count, _bytes) : (Count - 1, _bytes - WeightOf(known));
        if (count >= options.MaxRetained || bytes + weight > options.RetainedBytes) return false;
        var gateway = message.Publisher.Gateway;
        if (gateway.Length == 0 || !_owners.TryGetValue(gateway, out var owner)) return true;
        var (own, ownBytes) = known is not null && known.Publisher.Gateway == gateway
            ? (owner.Messages.Count - 1, owner.Bytes - WeightOf(known))
            : (owner.Messages.Count, owner.Bytes);
        return own < options.MaxRetainedPerGateway && ownBytes + weight <= options.RetainedBytesPerGateway;
    }

    // Each level of its topic is a node.
    static long WeightOf(ClientMessage message) =>
        message.Weight + SubscriptionTree.WeightOf(message.Topic);

    void Add(ClientMessage message)
    {
        _tree.Set(message);
        if (!_owners.TryGetValue(message.Publisher.Gateway, out var owner))
            _owners[message.Publisher.Gateway] = owner = new Owner();
        owner.Messages.Add(message);
        owner.Bytes += WeightOf(message);
        _bytes += WeightOf(message);
        Count++;
        if (message.ExpiresAt is { } end) _ending.Add((end, message.Topic));
    }

    void Remove(ClientMessage message)
    {
        _tree.Remove(message.Topic);
        var owner = _owners[message.Publisher.Gateway];
        owner.Messages.Remove(message);
        owner.Bytes -= WeightOf(message);
        if (owner.Messages.Count == 0) _owners.Remove(message.Publisher.Gateway);
        _bytes -= WeightOf(message);
        Count--;
        if (message.ExpiresAt is { } end) _ending.Remove((end, message.Topic));
    }

    void DropOver()
    {
        while (_ending.Count > 0 && _ending.Min is var (at, topic) && at <= clock.GetTimestamp())
            Remove(_tree.Find(topic)!);
    }

    sealed class Owner
    {
        public HashSet<ClientMessage> Messages { get; } = [];
        public long Bytes { get; set; }
    }
}
