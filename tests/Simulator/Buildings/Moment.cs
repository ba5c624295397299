using EnergyWatch.Domain.Time;
using EnergyWatch.Simulator.Calendar;
using EnergyWatch.Simulator.Sky;

namespace EnergyWatch.Simulator.Buildings;

/// <summary>What every building has in common at one step of ten minutes: clock, calendar and sky. Flows are constant within a step.</summary>
readonly record struct Moment(long Step, double Hour, DateOnly Day, DayType Type, Weather Weather)
{
    public const long StepMs = 600_000;
    public const int StepsPerHour = 6;

    // Asia/Shanghai has had no summer time since 1991, so the county's clock is a fixed shift.
    const long ShiftMs = 8 * 3_600_000;
    const long DayMs = 86_400_000;

    public static long StepOf(Instant at) => Math.DivRem(at.UnixMilliseconds, StepMs).Quotient;

    public static Moment At(long step)
    {
        var local = step * StepMs + ShiftMs;
        var days = local / DayMs;
        var hour = (local % DayMs + StepMs / 2) / 3_600_000.0;
        var day = DateOnly.FromDayNumber((int)days + EpochDay);
        return new(step, hour, day, DayTypes.Of(day), Weather.At(days, hour, day.DayOfYear));
    }

    static readonly int EpochDay = new DateOnly(1970, 1, 1).DayNumber;

    /// <summary>The first instant of a local day.</summary>
    public static Instant StartOf(DateOnly day) => new((day.DayNumber - EpochDay) * DayMs - ShiftMs);

    /// <summary>Years since the middle of 2025, the year that demands are given for.</summary>
    public double YearsSince2025 => (Day.DayNumber - Middle2025) / 365.25;

    static readonly int Middle2025 = new DateOnly(2025, 7, 2).DayNumber;

    public double Dark => Weather.Irradiance < 40 ? 1 : Weather.Irradiance < 200 ? 0.4 : 0;
}
