namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>What we know of our session at the broker, over all connections of this process.</summary>
sealed class BrokerSession
{
    public BrokerSession(BrokerOptions broker, ClientParts parts)
    {
        Publisher = new BrokerPublisher(Ids, parts.Flow);
        Troubles = new BrokerTroubles(parts.Clock);
        Replies = new BrokerReplies(broker, Publisher, parts);
        Drops = new BrokerDrops(broker, Troubles, parts);
        MustForget = broker.CleanStart;
    }

    public PacketIds Ids { get; } = new();
    public BrokerPublisher Publisher { get; }
    public BrokerTroubles Troubles { get; }
    public BrokerReplies Replies { get; }
    public BrokerDrops Drops { get; }

    /// <summary>
    /// The filters that the broker knows of from us, as they stand in SUBSCRIBE; emptied where it forgot them, or where
    /// they are to be said again.
    /// </summary>
    public HashSet<string> Subscribed { get; } = [];

    /// <summary>True while what the broker kept from before is still to be thrown away.</summary>
    public bool MustForget { get; private set; }

    bool _isKnown;

    /// <summary>A new connection; true where the broker forgot a session that it should have kept.</summary>
    public bool Resume(bool present)
    {
        if (!present) Subscribed.Clear();
        MustForget = false;
        return _isKnown && !present;
    }

    /// <summary>From now on the broker keeps messages for us while we are away.</summary>
    public void Keep() => _isKnown = true;
}
