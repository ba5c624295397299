using System.Buffers;
using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>What became of a message between clients.</summary>
/// <param name="Reached">Sessions with a subscription that means it.</param>
/// <param name="Dropped">Of those, the ones without room for it.</param>
/// <param name="TakenByOthers">Sessions other than its sender's that have room for it and get it.</param>
/// <param name="IsRetained">False where it was to be retained and there was no room for that.</param>
readonly record struct PublishOutcome(int Reached, int Dropped, int TakenByOthers, bool IsRetained);

/// <summary>What became of a subscription.</summary>
/// <param name="IsGranted">False where its client, its gateway or all together hold too many.</param>
/// <param name="Queued">Retained messages that it gets for it.</param>
/// <param name="Dropped">Retained messages that its queue has no room for.</param>
readonly record struct SubscribeOutcome(bool IsGranted, int Queued = 0, int Dropped = 0);

/// <summary>
/// Messages between clients: commands to gateways and their replies, retained states, wills. Nobody is waited for here:
/// a message is put into the queues of those who subscribed, and what has no room there is dropped and counted. It is
/// no way for readings; those are kept by the pipeline. Whoever subscribes, leaves or retains takes turns; messages that
/// are not retained, and whoever asks for subscribers, wait for none of these.
/// </summary>
sealed class MessageExchange(MqttOptions options, TimeProvider clock)
{
    /// <summary>Where so many retained messages found no room in a queue, none is looked for for the rest.</summary>
    const int MostTriedInVain = 16;

    readonly Lock _lock = new();
    readonly SubscriptionTree _subscriptions = new();
    readonly RetainedMessages _retained = new(options, clock);
    readonly List<ClientMessage> _asked = [];
    int _version;

    /// <summary>What the sessions may hold together.</summary>
    public ExchangeBounds Bounds { get; } = new(options);

    /// <summary>Changes with every subscription that comes or goes.</summary>
    public int Version => Volatile.Read(ref _version);

    public int RetainedCount { get { lock (_lock) return _retained.Count; } }

    public bool HasSubscriber(ReadOnlySpan<byte> topic)
    {
        var audience = Audience.Rent();
        try
        {
            return Match(topic, audience);
        }
        finally
        {
            audience.Return();
        }
    }

    /// <summary>Passes it on; where nobody subscribed and nothing is to be retained, nothing of it is copied.</summary>
    public PublishOutcome Publish(in PublishPacket publish, SessionKey publisher)
    {
        if (publish.Retain) return Publish(ClientMessage.Of(publish, publisher, clock));
        var audience = Audience.Rent();
        try
        {
            return Match(publish.Topic.Span, audience)
                ? audience.Offer(ClientMessage.Of(publish, publisher, clock))
                : new PublishOutcome(0, 0, 0, IsRetained: true);
        }
        finally
        {
            audience.Return();
        }
    }

    /// <summary>True where the session subscribed to this topic, or may not see it.</summary>
    public bool Means(ClientSession session, string topic)
    {
        if (session.MayNotSee(topic)) return true;
        lock (_lock)
        {
            foreach (var filter in session.Filters)
                if (MqttTopic.Covers(filter, topic)) return true;
            return false;
        }
    }

    public PublishOutcome Publish(ClientMessage message)
    {
        if (!message.Retain) return Offer(message);
        // In one turn, so that whoever subscribes gets the last one last.
        lock (_lock)
        {
            var isRetained = _retained.TrySet(message);
            return Offer(message) with { IsRetained = isRetained };
        }
    }

    /// <summary>Subscribes, and has the retained messages sent that this asks for.</summary>
    public SubscribeOutcome Subscribe(ClientSession session, Subscription subscription, uint identifier)
    {
        lock (_lock)
        {
            if (session.IsOver || !TryAdd(session, subscription.Filter)) return default;
            var isNew = _subscriptions.Set(new Granted(session, subscription, PropertyOf(identifier)));
            _version++;
            return subscription.RetainHandling == 2 || (subscription.RetainHandling == 1 && !isNew)
                ? new SubscribeOutcome(IsGranted: true)
                : OfferRetained(session, subscription, PropertyOf(identifier));
        }
    }

    /// <summary>True where there was such a subscription.</summary>
    public bool Unsubscribe(ClientSession session, string filter)
    {
        lock (_lock)
        {
            if (!session.Filters.Remove(filter)) return false;
            session.Subscribed.GiveBack(SubscriptionTree.WeightOf(filter));
            _version++;
            return _subscriptions.Remove(session, filter);
        }
    }

    /// <summary>The session is over: a connection that still holds it subscribes to nothing and gets nothing any more.</summary>
    public void Forget(ClientSession session)
    {
        lock (_lock)
        {
            session.IsOver = true;
            foreach (var filter in session.Filters) _subscriptions.Remove(session, filter);
            session.Subscribed.GiveBack(session.Subscribed.Held);
            session.Filters.Clear();
            _version++;
        }
        session.Outgoing.Close();
    }

    /// <summary>Forgets what was retained by gateways that are no longer there.</summary>
    public void KeepRetainedOf(IReadOnlySet<string> gateways)
    {
        lock (_lock) _retained.KeepOnlyOf(gateways);
    }

    // True where somebody may see it.
    bool Match(ReadOnlySpan<byte> topic, Audience audience)
    {
        var chars = ArrayPool<char>.Shared.Rent(topic.Length);
        var name = chars.AsSpan(0, Encoding.UTF8.GetChars(topic, chars));
        _subscriptions.Match(name, audience);
        var hasAny = audience.HasAnyFor(name);
        ArrayPool<char>.Shared.Return(chars);
        return hasAny;
    }

    PublishOutcome Offer(ClientMessage message)
    {
        var audience = Audience.Rent();
        try
        {
            _subscriptions.Match(message.Topic, audience);
            return audience.Offer(message);
        }
        finally
        {
            audience.Return();
        }
    }

    bool TryAdd(ClientSession session, string filter)
    {
        if (session.Filters.Contains(filter)) return true;
        if (session.Filters.Count >= options.MaxSubscriptions) return false;
        return session.Subscribed.TryTake(SubscriptionTree.WeightOf(filter)) && session.Filters.Add(filter);
    }

    SubscribeOutcome OfferRetained(ClientSession session, Subscription subscription, ReadOnlyMemory<byte> identifier)
    {
        var (queued, dropped) = (0, 0);
        _retained.Match(subscription.Filter, _asked);
        foreach (var message in _asked)
        {
            if (session.MayNotSee(message)) continue;
            var copy = new Copy(message, Math.Min(subscription.Qos, message.Qos), Retain: true, identifier);
            if (dropped < MostTriedInVain && session.Outgoing.Offer(copy)) queued++;
            else dropped++;
        }
        _asked.Clear();
        if (_asked.Capacity > options.MaxQueued) _asked.TrimExcess();
        return new SubscribeOutcome(IsGranted: true, queued, dropped);
    }

    // 5.0 §3.3.2.3.8
    static ReadOnlyMemory<byte> PropertyOf(uint identifier)
    {
        if (identifier == 0) return default;
        var property = new byte[1 + MqttFraming.VarIntBytesOf((int)identifier)];
        property[0] = (byte)PropertyId.SubscriptionIdentifier;
        MqttFraming.WriteVarInt(property.AsSpan(1), identifier);
        return property;
    }
}
