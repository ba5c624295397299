namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>What the sessions of all gateways may hold together.</summary>
sealed class ExchangeBounds(MqttOptions options)
{
    public ByteShare Queued { get; } = new(options.QueuedBytesInAll);
    public ByteShare Subscribed { get; } = new(options.SubscriptionBytesInAll);

    /// <summary>What one gateway may hold of it. The anonymous clients of an open test are many and share all.</summary>
    public GatewayShare Of(string gateway) => gateway.Length == 0
        ? new GatewayShare(this, long.MaxValue, long.MaxValue)
        : new GatewayShare(this, options.QueuedBytesPerGateway, options.SubscriptionBytesPerGateway);
}

/// <summary>
/// What the sessions of one gateway may hold together: whoever has its secret can open many, and none of it may be at the
/// cost of another gateway.
/// </summary>
sealed class GatewayShare(ExchangeBounds all, long queued, long subscribed)
{
    readonly ByteShare _queued = new(queued);

    public ByteShare Subscribed { get; } = new(subscribed, all.Subscribed);

    /// <summary>Its sessions, connected or not; whoever keeps the sessions locks.</summary>
    public List<ClientSession> Sessions { get; } = [];

    /// <summary>Takes room for one copy of the message; false where there is none.</summary>
    public bool TryHold(ClientMessage message)
    {
        if (!_queued.TryTake(message.Weight)) return false;
        message.HeldIn(all.Queued);
        if (!all.Queued.IsOverdrawn) return true;
        LetGo(message);
        return false;
    }

    public void LetGo(ClientMessage message)
    {
        message.GoneFrom(all.Queued);
        _queued.GiveBack(message.Weight);
    }
}
