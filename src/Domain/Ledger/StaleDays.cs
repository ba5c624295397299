using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Ledger;

/// <summary>
/// Which days a change of the registry makes stale: days of a meter that count otherwise than before (another multiplier, capacity,
/// register end or interval, begun earlier, ended later), and the days of an exchange that was written down, corrected or struck.
/// Whoever changes the registry marks them together with the change, so that no process has to remember. Pure.
/// </summary>
public static class StaleDays
{
    /// <summary>
    /// Days to mark, none after today. A meter that was not there before has no usage that could be stale.
    /// </summary>
    public static IReadOnlyList<MeterDay> Between(
        RegistrySnapshot before, RegistrySnapshot after, ReportingCalendar calendar, DateOnly today)
    {
        var days = new HashSet<MeterDay>();
        foreach (var meter in after.Meters)
        {
            if (before.Meter(meter.Id) is not { } known || ReferenceEquals(known, meter)) continue;
            foreach (var (first, end) in Changed(known.Facts, meter.Facts, today.AddDays(1)))
                for (var day = first; day < end; day = day.AddDays(1)) days.Add(new MeterDay(meter.Id, day));
            var exchanges = known.Replacements.Except(meter.Replacements)
                .Concat(meter.Replacements.Except(known.Replacements));
            foreach (var exchange in exchanges) days.Add(new MeterDay(meter.Id, calendar.DayOf(exchange.At)));
        }
        return [.. days];
    }

    static IEnumerable<(DateOnly First, DateOnly End)> Changed(
        Timeline<MeterFacts> before, Timeline<MeterFacts> after, DateOnly end)
    {
        var borders = Borders(before).Concat(Borders(after)).Where(day => day < end).Append(end).Distinct().Order().ToList();
        for (var i = 1; i < borders.Count; i++)
            if (Counting(before.At(borders[i - 1])) != Counting(after.At(borders[i - 1])))
                yield return (borders[i - 1], borders[i]);
    }

    static IEnumerable<DateOnly> Borders(Timeline<MeterFacts> facts) =>
        facts.Facts.SelectMany(fact => new[] { fact.ValidFrom, fact.ValidTo ?? fact.ValidFrom });

    // What usage depends on; a new name or institution changes no cell.
    static (double Multiplier, double? Rated, double? Max, int Interval)? Counting(Dated<MeterFacts>? fact) =>
        fact is null ? null : (fact.Value.Multiplier, fact.Value.RatedPowerKw, fact.Value.RegisterMax, fact.Value.IntervalS);
}
