using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>
/// One moment on two clocks. The wall clock says which slot it is and can be set; the steady one measures pauses and waits, begins at
/// nothing and only goes forward.
/// </summary>
readonly record struct Moment(Instant Wall, TimeSpan Steady)
{
    /// <summary>When on the steady clock the wall clock will show this, unless somebody sets it meanwhile.</summary>
    public TimeSpan SteadyAt(Instant wall) => Steady + (wall - Wall);
}

/// <summary>Reads both clocks.</summary>
sealed class PollClock(TimeProvider clock)
{
    readonly long _began = clock.GetTimestamp();

    public Moment Now => new(clock.Now(), clock.GetElapsedTime(_began));
}
