using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Mqtt.Door;

/// <summary>
/// What strangers do, in the log: of each kind at most one line per address and minute, with the number of those that were
/// left out. Otherwise whoever reaches the port could fill the disk with it. Counters count every one.
/// </summary>
sealed class StrangerLog(ILogger log, TimeProvider clock)
{
    const int MostRemembered = 10_000;
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    enum Kind { Login, Gone, Certificate, Fault }

    readonly Lock _lock = new();
    readonly Dictionary<(string Group, string Gateway, Kind Kind), (long At, int LeftOut)> _said = [];

    /// <param name="gateway">The gateway whose name it used; it has a line of its own. Null where there is none.</param>
    public void LoginRefused(string address, string? gateway, string user, string reason)
    {
        if (MaySay(address, gateway, Kind.Login, out var leftOut)) log.LoginRefused(address, Pipeline.Shown.Text(user), reason, leftOut);
    }

    public void Gone(string address, EndCause cause, string detail)
    {
        if (MaySay(address, null, Kind.Gone, out var leftOut)) log.StrangerGone(address, cause, detail, leftOut);
    }

    public void CertificateRefused(string address, string reason)
    {
        if (MaySay(address, null, Kind.Certificate, out var leftOut)) log.ClientCertificateRefused(address, reason, leftOut);
    }

    /// <summary>True where what strangers do under this gateway's name may be noted among its faults: once a minute,
    /// wherever they come from, so that they cannot push its own faults out.</summary>
    public bool MayNote(string gateway) => MaySay("", gateway, Kind.Fault, out _);

    bool MaySay(string address, string? gateway, Kind kind, out int leftOut)
    {
        var key = (PeerAddress.GroupOf(address), gateway ?? "", kind);
        var now = clock.GetTimestamp();
        lock (_lock)
        {
            if (_said.Count >= MostRemembered && !_said.ContainsKey(key)) Forget(now);
            // Too many addresses at once to tell them apart: they share a line.
            if (_said.Count >= MostRemembered && !_said.ContainsKey(key)) key = ("", "", kind);
            var isKnown = _said.TryGetValue(key, out var last);
            leftOut = last.LeftOut;
            var isDue = !isKnown || clock.GetElapsedTime(last.At, now) >= Pause;
            _said[key] = isDue ? (now, 0) : last with { LeftOut = last.LeftOut + 1 };
            return isDue;
        }
    }

    void Forget(long now)
    {
        foreach (var (key, last) in _said.ToList())
            if (clock.GetElapsedTime(last.At, now) >= Pause) _said.Remove(key);
    }
}
