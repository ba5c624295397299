using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>What became of a message between clients.</summary>
/// <param name="Reached">Sessions with a subscription that means it.</param>
/// <param name="Dropped">Of those, the ones without room for it.</param>
/// <param name="TakenByOthers">Sessions other than its sender's that have room for it and get it.</param>
/// <param name="IsRetained">False where it was to be retained and there was no room for that.</param>
readonly record struct PublishOutcome(int Reached, int Dropped, int TakenByOthers, bool IsRetained);

/// <summary>
/// Messages between clients: commands to gateways and their replies, retained states, wills. Nobody is waited for here:
/// a message is put into the queues of those who subscribed, and what has no room there is dropped and counted. It is
/// no way for readings; those are kept by the pipeline.
/// </summary>
sealed class MessageExchange(MqttOptions options, TimeProvider clock)
{
    readonly Lock _lock = new();
    readonly SubscriptionTree _subscriptions = new();
    readonly RetainedMessages _retained = new(options, clock);
    readonly List<Granted> _matched = [];
    int _version;

    /// <summary>Changes with every subscription that comes or goes.</summary>
    public int Version => Volatile.Read(ref _version);

    public int RetainedCount { get { lock (_lock) return _retained.Count; } }

    public bool HasSubscriber(string topic)
    {
        lock (_lock)
        {
            Match(topic);
            return _matched.Count > 0;
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
        lock (_lock)
        {
            var isRetained = !message.Retain || _retained.HasRoomFor(message);
            if (message.Retain && isRetained) _retained.Set(message);
            Match(message.Topic);
            int reached = 0, dropped = 0, others = 0;
            for (var i = 0; i < _matched.Count; i++)
            {
                if (IsSessionBefore(i)) continue;
                var (qos, retain, identifiers) = TermsFor(_matched[i].Session, message);
                reached++;
                if (qos < 0) continue;
                if (!_matched[i].Session.Outgoing.Offer(message, Math.Min(qos, message.Qos), retain, identifiers)) dropped++;
                else if (_matched[i].Session.Key != message.Publisher) others++;
            }
            return new PublishOutcome(reached, dropped, others, isRetained);
        }
    }

    /// <summary>Subscribes, and has the retained messages sent that this asks for. False where there are too many.</summary>
    public bool Subscribe(ClientSession session, Subscription subscription, uint identifier)
    {
        lock (_lock)
        {
            if (session.IsOver) return false;
            var filter = subscription.Filter;
            if (!session.Filters.Contains(filter) && session.Filters.Count >= options.MaxSubscriptions) return false;
            session.Filters.Add(filter);
            var isNew = _subscriptions.Set(new Granted(session, subscription, identifier));
            _version++;
            if (subscription.RetainHandling == 2 || (subscription.RetainHandling == 1 && !isNew)) return true;
            IReadOnlyList<uint> identifiers = identifier == 0 ? [] : [identifier];
            foreach (var message in _retained.Matching(filter).Where(message => !session.MayNotSee(message.Topic)))
                session.Outgoing.Offer(message, Math.Min(subscription.Qos, message.Qos), retain: true, identifiers);
            return true;
        }
    }

    /// <summary>True where there was such a subscription.</summary>
    public bool Unsubscribe(ClientSession session, string filter)
    {
        lock (_lock)
        {
            if (!session.Filters.Remove(filter)) return false;
            _version++;
            return _subscriptions.Remove(session, filter);
        }
    }

    /// <summary>The session is over: a connection that still holds it subscribes to nothing any more.</summary>
    public void Forget(ClientSession session)
    {
        lock (_lock)
        {
            session.IsOver = true;
            foreach (var filter in session.Filters) _subscriptions.Remove(session, filter);
            session.Filters.Clear();
            _version++;
        }
    }

    /// <summary>Forgets what was retained by gateways that are no longer there.</summary>
    public void KeepRetainedOf(IReadOnlySet<string> gateways)
    {
        lock (_lock)
            foreach (var owner in _retained.Owners.Where(owner => owner.Length > 0 && !gateways.Contains(owner)).ToList())
                _retained.ForgetOwner(owner);
    }

    void Match(string topic)
    {
        _matched.Clear();
        _subscriptions.Match(topic, _matched);
        // A filter may be wider than what is denied (a/# beside a/secret/#), so each message is judged.
        for (var i = _matched.Count - 1; i >= 0; i--)
            if (_matched[i].Session.MayNotSee(topic)) _matched.RemoveAt(i);
    }

    bool IsSessionBefore(int place)
    {
        for (var i = 0; i < place; i++)
            if (_matched[i].Session == _matched[place].Session) return true;
        return false;
    }

    // Of several subscriptions of one client that mean the topic, one copy is sent, under the best of their terms
    // (5.0 §3.3.4). QoS below 0: there is none.
    (int Qos, bool Retain, IReadOnlyList<uint> Identifiers) TermsFor(ClientSession session, ClientMessage message)
    {
        var (qos, retain) = (-1, false);
        List<uint>? identifiers = null;
        foreach (var granted in _matched)
        {
            if (granted.Session != session) continue;
            if (granted.Subscription.NoLocal && session.Key == message.Publisher) continue;
            qos = Math.Max(qos, granted.Subscription.Qos);
            retain |= granted.Subscription.RetainAsPublished && message.Retain;
            if (granted.Identifier > 0) (identifiers ??= []).Add(granted.Identifier);
        }
        return (qos, retain, (IReadOnlyList<uint>?)identifiers ?? []);
    }
}
