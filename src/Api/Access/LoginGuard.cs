using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Access;

/// <summary>
/// Slows guessing of passwords without shutting out who knows them: after <see cref="Tries"/> wrong ones for a name from one address, that
/// pair has to wait, and after <see cref="AddressTries"/> any name from that address, for a while that doubles up to an hour. A try counts
/// before its password is looked at, so that many at once are many tries. Forgotten after a quiet <see cref="Memory"/>, and by a restart.
/// </summary>
sealed class LoginGuard(TimeProvider clock)
{
    public const int Tries = 5;
    public const int AddressTries = 50;

    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);
    static readonly TimeSpan FirstLock = TimeSpan.FromMinutes(1);
    static readonly TimeSpan LongestLock = TimeSpan.FromHours(1);
    const int MostKept = 10_000;

    readonly Lock _lock = new();
    readonly Dictionary<(string Name, string Address), Counted> _counted = [];

    /// <summary>How long this name has to wait at this address; zero when it may try now, and then the try is counted.</summary>
    public TimeSpan Begin(string name, string address)
    {
        lock (_lock)
        {
            var now = clock.Now();
            Forget(now);
            var until = new[] { Pair(name, address), All(address) }.Max(key => _counted.GetValueOrDefault(key).Until);
            if (until > now) return until - now;
            Count(Pair(name, address), Tries, now);
            Count(All(address), AddressTries, now);
            return TimeSpan.Zero;
        }
    }

    /// <summary>The password was right: what was counted for this name here is forgiven, and the try no longer counts for the address.</summary>
    public void Succeeded(string name, string address)
    {
        lock (_lock)
        {
            _counted.Remove(Pair(name, address));
            if (_counted.TryGetValue(All(address), out var tries)) _counted[All(address)] = tries with { Number = tries.Number - 1 };
        }
    }

    static (string, string) Pair(string name, string address) => (name.ToUpperInvariant(), address);
    static (string, string) All(string address) => ("", address);

    void Count((string, string) key, int allowed, Instant now)
    {
        var number = _counted.GetValueOrDefault(key).Number + 1;
        var doublings = Math.Min((number - allowed) / allowed, 10);
        var wait = number < allowed ? TimeSpan.Zero : FirstLock * Math.Pow(2, doublings);
        _counted[key] = new Counted(number, now + (wait < LongestLock ? wait : LongestLock), now);
    }

    // Names come from outside, so what is kept is bounded; what is quiet goes first.
    void Forget(Instant now)
    {
        foreach (var (key, counted) in _counted)
            if (counted.Until <= now && now - counted.Last > Memory) _counted.Remove(key);
        while (_counted.Count >= MostKept) _counted.Remove(_counted.MinBy(entry => entry.Value.Last).Key);
    }

    readonly record struct Counted(int Number, Instant Until, Instant Last);
}
