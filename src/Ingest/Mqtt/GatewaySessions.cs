using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Who is connected, and which sessions are kept while their client is away. A session ends when its time is over, when
/// its client asks for a clean one, and when its gateway is revoked; then its subscriptions end too.
/// </summary>
sealed class GatewaySessions(MqttOptions options, TimeProvider clock, MessageExchange exchange, Wills wills)
{
    /// <summary>Sessions of one gateway that are kept while away.</summary>
    const int MostPerGateway = 32;

    readonly Lock _lock = new();
    readonly Dictionary<SessionKey, ClientSession> _sessions = [];

    public IReadOnlyList<GatewayConnection> Connected
    {
        get
        {
            lock (_lock) return [.. _sessions.Values.Select(session => session.Connection).OfType<GatewayConnection>()];
        }
    }

    /// <summary>Sessions that are kept, connected or not.</summary>
    public int Count { get { lock (_lock) return _sessions.Count; } }

    /// <summary>
    /// Gives the session to this connection; whoever had it is told to go, and its will is said unless it asked for a
    /// delay and the session goes on (5.0 §3.1.3.2.2).
    /// </summary>
    public (ClientSession Session, bool IsPresent) Take(
        SessionKey key, bool clean, GatewayConnection connection, MqttWill? will)
    {
        GatewayConnection? before;
        ClientSession session;
        bool goesOn;
        MqttWill? said = null;
        lock (_lock)
        {
            Forget(key.Gateway);
            var isKnown = _sessions.TryGetValue(key, out var known) && !IsOver(known);
            goesOn = isKnown && !clean;
            before = known?.Connection;
            if (known is not null && (!goesOn || known.Will is { } last && DelayOf(last) == TimeSpan.Zero)) said = known.Will;
            session = goesOn ? known! : new ClientSession(key, options, clock);
            if (known is not null && !goesOn) Drop(known);
            Settle(session);
            (session.Connection, session.Will) = (connection, will);
            _sessions[key] = session;
        }
        if (said is not null) wills.Publish(key, said);
        before?.End(EndCause.TakenOver, ReasonCode.SessionTakenOver, "the same client id connected again");
        return (session, goesOn);
    }

    /// <summary>
    /// The connection is gone; its session is kept for so long, and its will is said, now or after its delay, where it
    /// is to be said.
    /// </summary>
    public void Release(ClientSession session, GatewayConnection connection, TimeSpan expiry, bool leavesWill)
    {
        MqttWill? said = null;
        lock (_lock)
        {
            if (session.Connection != connection) return;
            session.Connection = null;
            if (!leavesWill) session.Will = null;
            (session.LeftAt, session.Expiry) = (clock.GetTimestamp(), expiry);
            var delay = session.Will is { } will ? DelayOf(will) : TimeSpan.Zero;
            session.WillDelay = delay < expiry ? delay : expiry;
            if (session.WillDelay == TimeSpan.Zero) (said, session.Will) = (session.Will, null);
            if (expiry <= TimeSpan.Zero) Drop(session);
            else Watch(session);
        }
        if (said is not null) wills.Publish(session.Key, said);
    }

    /// <summary>
    /// Ends the sessions of gateways that are no longer there, and forgets what they had retained: whoever may no longer
    /// publish is no longer heard (CVE-2018-12546).
    /// </summary>
    public void KeepOnlyOf(IReadOnlySet<string> gateways)
    {
        lock (_lock)
        {
            var over = _sessions.Values.Where(session => session.Connection is null && session.Key.Gateway.Length > 0
                && !gateways.Contains(session.Key.Gateway)).ToList();
            foreach (var session in over) Drop(session);
        }
        exchange.KeepRetainedOf(gateways);
    }

    void Watch(ClientSession session)
    {
        var due = session.Will is not null ? session.WillDelay : session.Expiry;
        var left = due - clock.GetElapsedTime(session.LeftAt);
        session.Timer?.Dispose();
        session.Timer = clock.CreateTimer(
            _ => ComeUp(session), null, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    // A will's delay is over, or a session's time.
    void ComeUp(ClientSession session)
    {
        MqttWill? said = null;
        lock (_lock)
        {
            if (session.Connection is not null || !_sessions.TryGetValue(session.Key, out var known) || known != session)
                return;
            var away = clock.GetElapsedTime(session.LeftAt);
            if (away >= session.WillDelay) (said, session.Will) = (session.Will, null);
            if (away >= session.Expiry) Drop(session);
            else Watch(session);
        }
        if (said is not null) wills.Publish(session.Key, said);
    }

    bool IsOver(ClientSession session) =>
        session.Connection is null && clock.GetElapsedTime(session.LeftAt) >= session.Expiry;

    void Drop(ClientSession session)
    {
        Settle(session);
        // Whoever still holds it has nothing to release any more.
        (session.Connection, session.Will) = (null, null);
        _sessions.Remove(session.Key);
        exchange.Forget(session);
    }

    static void Settle(ClientSession session)
    {
        session.Timer?.Dispose();
        session.Timer = null;
    }

    void Forget(string gateway)
    {
        var most = gateway.Length == 0 ? options.MaxConnections : MostPerGateway;
        if (_sessions.Count < most) return;
        var away = _sessions.Values
            .Where(session => session.Key.Gateway == gateway && session.Connection is null).ToList();
        foreach (var session in away.OrderBy(session => session.LeftAt).Take(Math.Max(0, away.Count - most + 1)))
            Drop(session);
    }

    static TimeSpan DelayOf(MqttWill will) =>
        TimeSpan.FromSeconds(will.Properties.Number(PropertyId.WillDelayInterval) ?? 0);
}
