using System.Globalization;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Simulator.Metering;

/// <summary>What goes wrong in the county, by name: the cases every real county has. Local times; most come back every year.</summary>
static class Faults
{
    /// <summary>Never answers and never did: its gateway says so with exception 0x0B.</summary>
    public const string DeadMeter = "JG-04-W1";

    /// <summary>Three days without a reading while its cabinet was rebuilt.</summary>
    public static readonly Yearly LongGap = new("XX-08-E1", "09-08T18:00", "09-11T18:00");

    /// <summary>Two hours without a reading.</summary>
    public static readonly Yearly ShortGap = new("XX-02-W1", "10-14T09:00", "10-14T11:00");

    /// <summary>For a night the meter repeats one value, then shows the true one again.</summary>
    public static readonly Yearly Stuck = new("JG-02-E1", "08-21T22:00", "08-22T06:00");

    /// <summary>Loses its line every day over noon; it keeps what it reads and sends it afterwards.</summary>
    public const string NoonGateway = "MQ-05";

    /// <summary>Exchanged on this day; the new register began at a value left by the factory test.</summary>
    public const string ReplacedMeter = "JG-05-E1";

    public const double NewRegisterStart = 1.36;

    public static readonly Instant ReplacedAt =
        Instant.From(DateTimeOffset.Parse("2026-05-20T10:20:00+08:00", CultureInfo.InvariantCulture));

    public static bool Silent(string meter, Instant at) =>
        meter == DeadMeter || LongGap.Holds(meter, at) is not null || ShortGap.Holds(meter, at) is not null;

    /// <summary>The instant whose values the meter shows: its own, or when it got stuck.</summary>
    public static Instant Shown(string meter, Instant at) => Stuck.Holds(meter, at) ?? at;

    public static bool Offline(string gateway, Instant at)
    {
        if (gateway != NoonGateway) return false;
        var local = at.ToDateTimeOffset().ToOffset(Yearly.Local).TimeOfDay;
        return local >= new TimeSpan(12, 30, 0) && local < new TimeSpan(14, 30, 0);
    }
}

/// <summary>A window in every year, from its first minute up to, not including, its last, for one meter.</summary>
sealed record Yearly(string Meter, string From, string To)
{
    public static readonly TimeSpan Local = TimeSpan.FromHours(8);

    /// <summary>When the window began, or null outside it.</summary>
    public Instant? Holds(string meter, Instant at)
    {
        if (meter != Meter) return null;
        var window = In(at.ToDateTimeOffset().ToOffset(Local).Year);
        return window.Contains(at) ? window.From : null;
    }

    public Period In(int year) => new(At(year, From), At(year, To));

    static Instant At(int year, string when) => Instant.From(
        DateTimeOffset.ParseExact($"{year:0000}-{when}+08:00", "yyyy-MM-dd'T'HH:mmzzz", CultureInfo.InvariantCulture));
}
