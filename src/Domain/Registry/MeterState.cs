using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Registry;

/// <summary>How fresh a meter's data is, judged by its own interval: a meter read once a month is not late after an hour.</summary>
public enum MeterState { Never = 0, Online = 1, Late = 2, Failing = 3, Offline = 4 }

public static class MeterStates
{
    // A meter's own clock may be ahead by as much.
    static readonly TimeSpan FastClock = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Online up to 3 of its intervals after the last reading, late up to 6, failing up to 12, offline after that. Late also where the last
    /// reading lies in the future: our clock was set back, and how old the reading is cannot be told.
    /// </summary>
    public static MeterState Of(Instant? lastReading, int intervalS, Instant now)
    {
        if (lastReading is not { } last) return MeterState.Never;
        if (last - now > FastClock) return MeterState.Late;
        var missed = (now - last).TotalSeconds / intervalS;
        return missed <= 3 ? MeterState.Online : missed <= 6 ? MeterState.Late : missed <= 12 ? MeterState.Failing : MeterState.Offline;
    }

    public static string Key(this MeterState state) => state.ToString().ToLowerInvariant();
}
