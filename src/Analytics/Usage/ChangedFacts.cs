using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// Which days a change of the registry makes stale: another multiplier, capacity, register end or interval from some
/// day on, or an
/// exchange of the meter that was written down later. Pure.
/// </summary>
static class ChangedFacts
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
            if (FirstChange(known.Facts, meter.Facts) is { } first)
                for (var day = first; day <= today; day = day.AddDays(1)) days.Add(new MeterDay(meter.Id, day));
            var exchanges = known.Replacements.Except(meter.Replacements)
                .Concat(meter.Replacements.Except(known.Replacements));
            foreach (var exchange in exchanges) days.Add(new MeterDay(meter.Id, calendar.DayOf(exchange.At)));
        }
        return [.. days];
    }

    static DateOnly? FirstChange(Timeline<MeterFacts> before, Timeline<MeterFacts> after)
    {
        foreach (var day in Borders(before).Concat(Borders(after)).Distinct().Order())
            if (Counting(before.At(day)) != Counting(after.At(day))) return day;
        return null;
    }

    static IEnumerable<DateOnly> Borders(Timeline<MeterFacts> facts) =>
        facts.Facts.SelectMany(fact => new[] { fact.ValidFrom, fact.ValidTo ?? fact.ValidFrom });

    // What usage depends on; a new name or institution changes no cell.
    static (double Multiplier, double? Rated, double? Max, int Interval)? Counting(Dated<MeterFacts>? fact) =>
        fact is null ? null : (fact.Value.Multiplier, fact.Value.RatedPowerKw, fact.Value.RegisterMax,
            fact.Value.IntervalS);
}
