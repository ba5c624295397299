using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>
/// A session belongs to a gateway: its client id is literal text that cannot reach another gateway's session.
/// </summary>
/// <param name="Gateway">Code of the gateway; empty for the anonymous clients of an open test.</param>
readonly record struct SessionKey(string Gateway, string ClientId);

/// <summary>
/// What is kept of a client while it is away (3.1.1 §3.1.2.4, 5.0 §4.1): its subscriptions, what it has still to be
/// sent, and which messages of QoS 2 it has not released. All of it in memory: after a restart no session is present,
/// and none is said to be.
/// </summary>
sealed class ClientSession(SessionKey key, GatewayShare share, MqttOptions options, TimeProvider clock)
{
    public SessionKey Key => key;

    /// <summary>What it may hold together with the other sessions of its gateway.</summary>
    public GatewayShare Share => share;
    public OutgoingQueue Outgoing { get; } = new(options, share, clock);
    public ReceivedIds Received { get; } = new(options.MaxUnreleased);

    /// <summary>Filters it subscribed to; the exchange locks.</summary>
    public HashSet<string> Filters { get; } = new(StringComparer.Ordinal);

    /// <summary>What those hold in memory.</summary>
    public ByteShare Subscribed { get; } = new(options.SubscriptionBytes, share.Subscribed);

    /// <summary>
    /// What its client may not see, however wide it subscribes; usually nothing. Set at login, before it can subscribe.
    /// </summary>
    public IReadOnlyList<string> Denied { get; set; } = [];

    /// <summary>True once it ended for good; the exchange locks. A connection may still hold it.</summary>
    public bool IsOver { get; set; }

    // What follows belongs to the sessions, which lock.
    public GatewayConnection? Connection { get; set; }

    /// <summary>The gateway as it was when it logged in; null for an anonymous client.</summary>
    public Gateway? Gateway { get; set; }
    public MqttWill? Will { get; set; }
    public long LeftAt { get; set; }
    public TimeSpan Expiry { get; set; }
    public TimeSpan WillDelay { get; set; }
    public ITimer? Timer { get; set; }

    public bool MayNotSee(ClientMessage message) => Denied.Count > 0 && MayNotSee(message.Topic);

    public bool MayNotSee(ReadOnlySpan<char> topic)
    {
        foreach (var filter in Denied)
            if (MqttTopic.Covers(filter, topic)) return true;
        return false;
    }
}
