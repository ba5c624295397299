namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>What one connection to a broker consists of, once it has been greeted.</summary>
sealed record BrokerTalk
{
    public required BrokerOptions Broker { get; init; }
    public required BrokerSession Session { get; init; }
    public required BrokerLink Link { get; init; }
    public required BrokerSubscriptions Subscriptions { get; init; }
    public required Deliveries Deliveries { get; init; }

    /// <summary>Whether messages may be from before it.</summary>
    public required BrokerBacklog Backlog { get; init; }

    /// <summary>Whether the connection is alive.</summary>
    public required IdleWatch Watch { get; init; }

    /// <summary>Whether messages come.</summary>
    public required IdleWatch Silence { get; init; }
    public required ClientParts Parts { get; init; }
}
