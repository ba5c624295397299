using EnergyWatch.Ingest.Mqtt.Door;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Makes guessing slow. Failures are counted per address and user name: after a few, that pair waits, the right secret
/// included. An address with many failures under any names may no longer cause the work of checking a secret, but what
/// was verified before still gets in: a whole county may sit behind one address. Addresses of IPv6 are counted by their
/// /64.
/// </summary>
sealed class LoginGuard(MqttOptions options, TimeProvider clock)
{
    const int MostRemembered = 10_000;
    const string AnyUser = "";

    readonly Lock _lock = new();
    readonly Dictionary<(string Address, string User), Failures> _failures = [];

    public bool IsLocked(string address, string user) => Count(address, user) >= options.LockoutFailures;

    public bool IsCrowded(string address) => Count(address, AnyUser) >= options.LockoutFailures * 10;

    /// <param name="user">A name the registry knows; for any other one the same word, so that made-up names cannot fill
    /// the memory.</param>
    public void Failed(string address, string user)
    {
        var now = clock.GetTimestamp();
        var group = PeerAddress.GroupOf(address);
        lock (_lock)
        {
            if (_failures.Count >= MostRemembered) Forget();
            Add((group, user), now);
            Add((group, AnyUser), now);
        }
    }

    public void Succeeded(string address, string user)
    {
        lock (_lock) _failures.Remove((PeerAddress.GroupOf(address), user));
    }

    int Count(string address, string user)
    {
        var group = PeerAddress.GroupOf(address);
        lock (_lock)
            return _failures.TryGetValue((group, user), out var failures) && IsFresh(failures) ? failures.Count : 0;
    }

    void Add((string, string) key, long now)
    {
        var known = _failures.TryGetValue(key, out var failures) && IsFresh(failures);
        _failures[key] = known ? failures with { Count = failures.Count + 1, LastAt = now } : new Failures(1, now);
    }

    // What has run out goes first; under a flood from very many addresses, then the older half.
    void Forget()
    {
        foreach (var (key, failures) in _failures.ToList())
            if (!IsFresh(failures)) _failures.Remove(key);
        if (_failures.Count < MostRemembered) return;
        foreach (var (key, _) in _failures.OrderBy(entry => entry.Value.LastAt).Take(MostRemembered / 2).ToList())
            _failures.Remove(key);
    }

    bool IsFresh(Failures failures) => clock.GetElapsedTime(failures.LastAt) < options.LockoutTime;

    readonly record struct Failures(int Count, long LastAt);
}
