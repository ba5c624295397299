using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Access;

/// <summary>
/// Slows guessing of passwords: after <see cref="Tries"/> wrong ones for a name, or four times as many from an address, further tries are
/// refused for a while that doubles up to an hour. Held in memory: a restart forgives.
/// </summary>
sealed class LoginGuard(TimeProvider clock)
{
    public const int Tries = 5;
    static readonly TimeSpan FirstLock = TimeSpan.FromMinutes(1);
    static readonly TimeSpan LongestLock = TimeSpan.FromHours(1);
    const int MostKept = 10_000;

    readonly Lock _lock = new();
    readonly Dictionary<string, (int Failures, Instant Until)> _failures = [];

    /// <summary>How long this name or address still has to wait; zero when it may try.</summary>
    public TimeSpan Wait(string name, string address)
    {
        lock (_lock)
        {
            var now = clock.Now();
            var until = new[] { Key(name), Address(address) }.Max(key => _failures.GetValueOrDefault(key).Until);
            return until > now ? until - now : TimeSpan.Zero;
        }
    }

    public void Failed(string name, string address)
    {
        lock (_lock)
        {
            if (_failures.Count > MostKept) Forget();
            Count(Key(name), Tries);
            Count(Address(address), Tries * 4);
        }
    }

    public void Succeeded(string name) { lock (_lock) _failures.Remove(Key(name)); }

    static string Key(string name) => "name " + name.ToUpperInvariant();
    static string Address(string address) => "address " + address;

    void Count(string key, int allowed)
    {
        var failures = _failures.GetValueOrDefault(key).Failures + 1;
        var doublings = Math.Min((failures - allowed) / allowed, 10);
        var wait = failures < allowed ? TimeSpan.Zero : FirstLock * Math.Pow(2, doublings);
        _failures[key] = (failures, clock.Now() + (wait < LongestLock ? wait : LongestLock));
    }

    // Names come from outside, so what is kept must be bounded: those that wait no more go first.
    void Forget()
    {
        var now = clock.Now();
        foreach (var key in _failures.Where(entry => entry.Value.Until <= now).Select(entry => entry.Key).ToList()) _failures.Remove(key);
        if (_failures.Count > MostKept) _failures.Clear();
    }
}
