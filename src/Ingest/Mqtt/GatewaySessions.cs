using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Who is connected, and which sessions are kept while their client is away. A session ends when its time is over, when
/// its client asks for a clean one, and when its gateway is revoked; then its subscriptions end too.
/// </summary>
sealed class GatewaySessions(MqttOptions options, TimeProvider clock, MessageExchange exchange, Wills wills)
{
    readonly Lock _lock = new();
    readonly Dictionary<SessionKey, ClientSession> _sessions = [];
    readonly Dictionary<string, GatewayShare> _shares = new(StringComparer.Ordinal);

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
    /// delay and the session goes on (5.0 §3.1.3.2.2). Null where the gateway has all the sessions it may have, and all
    /// are connected.
    /// </summary>
    public (ClientSession Session, bool IsPresent)? Take(
        SessionKey key, bool clean, GatewayConnection connection, MqttWill? will)
    {
        GatewayConnection? before;
        ClientSession session;
        bool goesOn;
        (SessionKey Of, MqttWill? Will) said = (key, null), saidToo = (key, null);
        lock (_lock)
        {
            var isKnown = _sessions.TryGetValue(key, out var known);
            if (!isKnown && !MakeRoom(key.Gateway, ref saidToo)) return null;
            // What it holds was permitted to the name it had.
            goesOn = isKnown && !clean && !IsOver(known!) && known!.Gateway?.Username == connection.Gateway?.Username;
            before = known?.Connection;
            if (known is not null && (!goesOn || known.Will is { } last && DelayOf(last) == TimeSpan.Zero))
                said.Will = known.Will;
            if (known is not null && !goesOn) Drop(known);
            session = goesOn ? known! : Begin(key);
            Settle(session);
            (session.Connection, session.Gateway, session.Will) = (connection, connection.Gateway, will);
        }
        Say(saidToo.Of, saidToo.Will);
        Say(said.Of, said.Will);
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
        Say(session.Key, said);
    }

    /// <summary>
    /// Ends the sessions of gateways that are no longer what they logged in as, and forgets what was retained by those
    /// that are gone: whoever may no longer publish is no longer heard (CVE-2018-12546), wills included.
    /// </summary>
    public void KeepOnlyOf(RegistrySnapshot now)
    {
        lock (_lock)
        {
            var over = _sessions.Values.Where(session => session.Connection is null
                && session.Gateway is { } gateway && !GatewayLogins.StillHolds(gateway, now)).ToList();
            foreach (var session in over) Drop(session);
        }
        exchange.KeepRetainedOf(RevokedGateways.Known(now));
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
        Say(session.Key, said);
    }

    bool IsOver(ClientSession session) =>
        session.Connection is null && clock.GetElapsedTime(session.LeftAt) >= session.Expiry;

    ClientSession Begin(SessionKey key)
    {
        if (!_shares.TryGetValue(key.Gateway, out var share))
            _shares[key.Gateway] = share = exchange.Bounds.Of(key.Gateway);
        var session = new ClientSession(key, share, options, clock);
        share.Sessions.Add(session);
        return _sessions[key] = session;
    }

    void Drop(ClientSession session)
    {
        Settle(session);
        // Whoever still holds it has nothing to release any more.
        (session.Connection, session.Will) = (null, null);
        _sessions.Remove(session.Key);
        session.Share.Sessions.Remove(session);
        if (session.Share.Sessions.Count == 0) _shares.Remove(session.Key.Gateway);
        exchange.Forget(session);
    }

    // The one that is away longest ends for it, and what it had still to say is said: a will waits for the end of its
    // session at most (5.0 §3.1.3.2.2).
    bool MakeRoom(string gateway, ref (SessionKey Of, MqttWill? Will) said)
    {
        var most = gateway.Length == 0 ? options.MaxConnections : options.MaxSessionsPerGateway;
        if (!_shares.TryGetValue(gateway, out var share) || share.Sessions.Count < most) return true;
        if (share.Sessions.Where(one => one.Connection is null).MinBy(one => one.LeftAt) is not { } longest) return false;
        said = (longest.Key, longest.Will);
        Drop(longest);
        return true;
    }

    void Say(SessionKey of, MqttWill? will)
    {
        if (will is not null) wills.Publish(of, will);
    }

    static void Settle(ClientSession session)
    {
        session.Timer?.Dispose();
        session.Timer = null;
    }

    static TimeSpan DelayOf(MqttWill will) =>
        TimeSpan.FromSeconds(will.Properties.Number(PropertyId.WillDelayInterval) ?? 0);
}
