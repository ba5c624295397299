using System.Runtime.InteropServices;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>
/// Whom a message concerns, found by one thread for one message. Of several subscriptions of one client that mean the
/// topic, one copy is sent, under the best of their terms (5.0 §3.3.4).
/// </summary>
sealed class Audience
{
    /// <summary>Places that stay for the next message.</summary>
    const int PlacesKept = 4096;

    [ThreadStatic]
    static Audience? _free;

    readonly List<Granted[]> _found = [];
    readonly Dictionary<ClientSession, Terms> _merged = [];

    public bool IsEmpty => _found.Count == 0;

    /// <summary>An empty one of this thread; give it back.</summary>
    public static Audience Rent()
    {
        var rented = _free ?? new Audience();
        _free = null;
        return rented;
    }

    public void Return()
    {
        // Nothing may stay: what was found would keep sessions alive.
        _found.Clear();
        _merged.Clear();
        if (_merged.Capacity > PlacesKept) _merged.TrimExcess();
        _free = this;
    }

    public void Add(Granted[] found)
    {
        if (found.Length > 0) _found.Add(found);
    }

    /// <summary>True where one of them may see it.</summary>
    public bool HasAnyFor(ReadOnlySpan<char> topic)
    {
        foreach (var some in _found)
            foreach (var granted in some)
                if (!granted.Session.MayNotSee(topic)) return true;
        return false;
    }

    /// <summary>Puts a copy into the queue of each of them that may see it.</summary>
    public PublishOutcome Offer(ClientMessage message)
    {
        var outcome = new PublishOutcome(0, 0, 0, IsRetained: true);
        if (_found.Count == 1)
        {
            // Below one filter every session stands once.
            foreach (var granted in _found[0])
                if (!granted.Session.MayNotSee(message)) Offer(message, granted.Session, Terms.None.And(granted, message), ref outcome);
            return outcome;
        }
        foreach (var some in _found)
            foreach (var granted in some)
            {
                if (granted.Session.MayNotSee(message)) continue;
                ref var terms = ref CollectionsMarshal.GetValueRefOrAddDefault(_merged, granted.Session, out var isKnown);
                terms = (isKnown ? terms : Terms.None).And(granted, message);
            }
        foreach (var (session, terms) in _merged) Offer(message, session, terms, ref outcome);
        return outcome;
    }

    static void Offer(ClientMessage message, ClientSession session, in Terms terms, ref PublishOutcome outcome)
    {
        var (dropped, others) = (0, 0);
        if (terms.Qos >= 0)
        {
            var copy = new Copy(message, Math.Min(terms.Qos, message.Qos), terms.Retain, terms.Identifiers);
            if (!session.Outgoing.Offer(copy)) dropped = 1;
            else if (session.Key != message.Publisher) others = 1;
        }
        outcome = outcome with
        {
            Reached = outcome.Reached + 1, Dropped = outcome.Dropped + dropped,
            TakenByOthers = outcome.TakenByOthers + others,
        };
    }

    /// <param name="Qos">Below 0 where it gets nothing, being the sender.</param>
    readonly record struct Terms(int Qos, bool Retain, ReadOnlyMemory<byte> Identifiers)
    {
        public static Terms None { get; } = new(-1, false, default);

        public Terms And(Granted granted, ClientMessage message)
        {
            var asked = granted.Subscription;
            if (asked.NoLocal && granted.Session.Key == message.Publisher) return this;
            return new Terms(
                Math.Max(Qos, asked.Qos), Retain || (asked.RetainAsPublished && message.Retain),
                Joined(Identifiers, granted.Identifier));
        }

        static ReadOnlyMemory<byte> Joined(ReadOnlyMemory<byte> some, ReadOnlyMemory<byte> more) =>
            some.IsEmpty ? more : more.IsEmpty ? some : (byte[])[.. some.Span, .. more.Span];
    }
}
