using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Registry;

/// <summary>A meter: its number never changes, what it hangs on and how it counts are dated.</summary>
public sealed record Meter(
    MeterId Id, string Code, Carrier Carrier, Timeline<MeterFacts> Facts, IReadOnlyList<MeterReplacement> Replacements)
{
    /// <summary>The facts of the day, or the nearest known ones: for a name to show, never for a calculation.</summary>
    public MeterFacts Shown(DateOnly day) => (Facts.At(day) ?? Facts.Facts.LastOrDefault(f => f.ValidFrom <= day) ?? Facts.Facts[0]).Value;

    /// <summary>Whether other facts of it belong to institutions that may not be seen: then its readings and usage may be told within
    /// <see cref="VisibleIn"/> only.</summary>
    public bool IsPart { get; init; }

    /// <summary>The parts of the period of which this meter's readings and usage may be told, in time order: all of it, or where the meter
    /// is only part of one, the days that its facts hold.</summary>
    public IEnumerable<Period> VisibleIn(Period period, ReportingCalendar calendar)
    {
        if (!IsPart) return [period];
        return Facts.Held().Select(days => calendar.Days(days.First, days.End)).Select(period.Intersect).OfType<Period>();
    }

    /// <summary>What is left of it where only these institutions may be seen; null where nothing is.</summary>
    internal Meter? Within(IReadOnlySet<string> institutions)
    {
        if (Facts.Facts.All(fact => institutions.Contains(fact.Value.Institution))) return this;
        var facts = Facts.Where(fact => institutions.Contains(fact.Institution));
        if (facts.Facts.Count == 0) return null;
        // A replacement has a moment, facts have local days: the day around the world must be visible.
        bool Visible(MeterReplacement replacement)
        {
            var day = DateOnly.FromDateTime(replacement.At.ToDateTimeOffset().UtcDateTime);
            return facts.At(day.AddDays(-1)) is not null && facts.At(day) is not null && facts.At(day.AddDays(1)) is not null;
        }
        return this with { Facts = facts, Replacements = [.. Replacements.Where(Visible)], IsPart = true };
    }
}

/// <param name="Institution">Code of the institution whose usage it counts.</param>
/// <param name="Parent">Code of the meter above it, or null.</param>
/// <param name="Multiplier">CT × PT ratio: register units to canonical units. Applied once, when usage is computed.</param>
/// <param name="RatedPowerKw">What the circuit can carry at most, in kW (m³/h for water and gas), for plausibility; null where unknown.</param>
/// <param name="RegisterMax">The value after which the register begins again at 0; null where it never does.</param>
/// <param name="IntervalS">Seconds between two expected readings.</param>
/// <param name="Model">Register map of a polled meter, or dialect of a pushed one; null for the native format.</param>
/// <param name="Gateway">Code of the gateway it is reached through; null for a meter that is read by hand.</param>
/// <param name="Address">Its address there: the Modbus unit, or the name the gateway uses for it (default: the code).</param>
public sealed record MeterFacts(
    string Institution,
    string Name,
    MeterRole Role,
    string? Parent,
    double Multiplier,
    double? RatedPowerKw,
    double? RegisterMax,
    int IntervalS,
    string? Model,
    string? Gateway,
    string? Address);

/// <summary>The meter was exchanged at this moment: last value of the old register, first of the new one, in register units.</summary>
public sealed record MeterReplacement(Instant At, double EndReading, double StartReading);

/// <summary>What a meter's usage means for its institution.</summary>
public enum MeterRole
{
    /// <summary>All that the institution buys of this carrier, at its incomer.</summary>
    Main = 1,
    /// <summary>Part of a main meter; never summed with it.</summary>
    Sub = 2,
    PvGeneration = 3,
    /// <summary>Bought from the grid, on a two-way meter; counts as <see cref="Main"/>.</summary>
    GridImport = 4,
    /// <summary>Sold to the grid.</summary>
    GridExport = 5,
    /// <summary>Charging of vehicles, behind a main meter; taken out where the caliber says so.</summary>
    EvCharging = 6,
    /// <summary>Checks another meter; never summed.</summary>
    Check = 7,
}

/// <summary>The names of meter roles in <c>meters.csv</c>.</summary>
public static class MeterRoles
{
    static readonly string[] Keys = ["main", "sub", "pv_generation", "grid_import", "grid_export", "ev_charging", "check"];

    public static string Key(this MeterRole role) => Keys[(int)role - 1];

    public static bool TryParse(string? key, out MeterRole role)
    {
        role = (MeterRole)(Array.IndexOf(Keys, key) + 1);
        return role != 0;
    }

    /// <summary>The series that count a meter's usage, best first. Exactly one of them is used: energy is counted once.</summary>
    public static IReadOnlyList<Quantity> UsageQuantities(Carrier carrier, MeterRole role) => (carrier, role) switch
    {
        (Carrier.Electricity, MeterRole.PvGeneration) => [Quantity.PvEnergy, Quantity.EnergyExport, Quantity.EnergyImport, Quantity.EnergyInterval],
        (Carrier.Electricity, MeterRole.GridExport) => [Quantity.EnergyExport, Quantity.EnergyImport, Quantity.EnergyInterval],
        (Carrier.Electricity, _) => [Quantity.EnergyImport, Quantity.EnergyInterval],
        (Carrier.Heat, _) => [Quantity.Heat],
        _ => [Quantity.Volume, Quantity.VolumeInterval],
    };
}
