using System.Collections.Concurrent;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// A session belongs to a gateway: its client id is literal text that cannot reach another gateway's session.
/// </summary>
readonly record struct SessionKey(string Gateway, string ClientId);

/// <summary>
/// Who is connected, and which sessions are remembered while their gateway is away. Of a session we keep only that it
/// exists: a gateway that is told "session present" sends again what was not acknowledged, one that is not may forget
/// it.
/// </summary>
sealed class GatewaySessions(MqttOptions options, TimeProvider clock)
{
    /// <summary>Sessions of one gateway that are remembered while away.</summary>
    const int MostPerGateway = 32;

    readonly Lock _lock = new();
    readonly Dictionary<SessionKey, Session> _sessions = [];
    readonly ConcurrentDictionary<string, int> _perAddress = new();
    int _connections;

    public IReadOnlyList<GatewayConnection> Connected
    {
        get
        {
            lock (_lock) return [.. _sessions.Values.Select(session => session.Connection).OfType<GatewayConnection>()];
        }
    }

    /// <summary>Connections that are counted in, logged in or not.</summary>
    public int Open => Volatile.Read(ref _connections);

    /// <summary>Counts a connection in before anything is read from it. False where there are too many.</summary>
    public bool TryEnter(string address)
    {
        var all = Interlocked.Increment(ref _connections);
        var here = _perAddress.AddOrUpdate(address, 1, static (_, count) => count + 1);
        if (all <= options.MaxConnections && here <= options.MaxConnectionsPerAddress) return true;
        Leave(address);
        return false;
    }

    public void Leave(string address)
    {
        if (_perAddress.AddOrUpdate(address, 0, static (_, count) => count - 1) == 0)
            _perAddress.TryRemove(new KeyValuePair<string, int>(address, 0));
        Interlocked.Decrement(ref _connections);
    }

    /// <summary>
    /// Gives the session to this connection; whoever had it is told to go. True where the session was known before.
    /// </summary>
    public bool Take(SessionKey key, bool clean, GatewayConnection connection)
    {
        GatewayConnection? before = null;
        bool present;
        lock (_lock)
        {
            Forget(key.Gateway);
            present = _sessions.TryGetValue(key, out var known) && !clean;
            before = known?.Connection;
            _sessions[key] = new Session(connection, default, TimeSpan.Zero);
        }
        before?.End(EndCause.TakenOver, ReasonCode.SessionTakenOver, "the same client id connected again");
        return present;
    }

    /// <summary>The connection is gone; its session is remembered for so long.</summary>
    public void Release(SessionKey key, GatewayConnection connection, TimeSpan expiry)
    {
        lock (_lock)
        {
            if (!_sessions.TryGetValue(key, out var known) || known.Connection != connection) return;
            if (expiry <= TimeSpan.Zero) _sessions.Remove(key);
            else _sessions[key] = new Session(null, clock.GetTimestamp(), expiry);
        }
    }

    void Forget(string gateway)
    {
        var away = _sessions.Where(entry => entry.Key.Gateway == gateway && entry.Value.Connection is null).ToList();
        var over = away.OrderBy(entry => entry.Value.LeftAt).Take(Math.Max(0, away.Count - MostPerGateway + 1));
        var expired = away.Where(entry => clock.GetElapsedTime(entry.Value.LeftAt) >= entry.Value.Expiry);
        foreach (var (key, _) in over.Concat(expired).ToList()) _sessions.Remove(key);
    }

    sealed record Session(GatewayConnection? Connection, long LeftAt, TimeSpan Expiry);
}
