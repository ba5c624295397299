using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>
/// When something is due: at every multiple of its period on the clock, plus its meter's own share of the spread, so that not all meters
/// of a county are asked in the same second. Pure: the same meter has the same slots after a restart and on any machine.
/// </summary>
readonly record struct PollSchedule(TimeSpan Period, TimeSpan Spread)
{
    public static PollSchedule For(string meter, TimeSpan period, TimeSpan longestSpread) => new(period, Share(meter, period, longestSpread));

    /// <summary>A part of the period, but no more than the longest, that is always the same for this meter.</summary>
    public static TimeSpan Share(string meter, TimeSpan period, TimeSpan longest)
    {
        var spread = Math.Min(period.TotalMilliseconds, longest.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(spread <= 0 ? 0 : Hash(meter) % (ulong)spread);
    }

    /// <summary>The first slot after this moment. What lies before it is missed and not made up for.</summary>
    public Instant NextAfter(Instant now)
    {
        var period = (long)Period.TotalMilliseconds;
        var since = now.UnixMilliseconds - (long)Spread.TotalMilliseconds;
        return new Instant(((long)Math.Floor((double)since / period) + 1) * period) + Spread;
    }

    /// <summary>
    /// The slot after one that was just served. A timer may end a little before its slot by the wall clock: the same slot is not served
    /// twice then. Where the clock was set back further, the slots of the time it shows now.
    /// </summary>
    public Instant NextAfter(Instant served, Instant now) =>
        NextAfter(served > now && served - now <= Period / 2 ? served : now);

    /// <summary>Slots in <c>(from, to]</c>.</summary>
    public long Between(Instant from, Instant to) =>
        to <= from ? 0 : (NextAfter(to) - NextAfter(from)).Ticks / Period.Ticks;

    // FNV-1a, 64 bits: string.GetHashCode differs from start to start.
    static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var character in text) hash = (hash ^ character) * 1099511628211UL;
        return hash;
    }
}
