using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>
/// Usage of one step of a series: null where nothing is known of it, else the known part with its coverage and
/// estimated share.
/// </summary>
public readonly record struct UsageStep(Period Step, double? Amount, double Coverage, double Estimated);

/// <summary>Usage series for display: cells of one or many meters put into calendar steps. Pure.</summary>
public static class UsageSteps
{
    /// <summary>One meter's own usage.</summary>
    /// <param name="cells">Its hour or day cells over the steps.</param>
    /// <param name="cellGrain">Hour or Day: what the cells are.</param>
    /// <param name="asOf">Time after it has not gone by yet and is not missed.</param>
    public static IReadOnlyList<UsageStep> Of(
        Meter meter, IReadOnlyList<UsageCell> cells, Grain cellGrain, IReadOnlyList<Period> steps,
        ReportingCalendar calendar, Instant asOf) =>
        Sum(_ => [(meter, UsePart.Purchased)], cells, cellGrain, steps, calendar, asOf);

    /// <summary>
    /// An institution's usage of a carrier: its counted meters of each day, with PV self-use and charging as asked.
    /// </summary>
    /// <param name="parts">For example purchased and PV; what the caliber counts is up to the caller.</param>
    public static IReadOnlyList<UsageStep> Of(
        RegistrySnapshot registry, IReadOnlyCollection<string> institutions, Carrier carrier, IReadOnlyCollection<UsePart> parts,
        IReadOnlyList<UsageCell> cells,
        Grain cellGrain, IReadOnlyList<Period> steps, ReportingCalendar calendar, Instant asOf)
    {
        var known = new Dictionary<DateOnly, List<(Meter, UsePart)>>();
        return Sum(Counted, cells, cellGrain, steps, calendar, asOf);

        List<(Meter, UsePart)> Counted(DateOnly day)
        {
            if (known.TryGetValue(day, out var counted)) return counted;
            return known[day] = [.. institutions.SelectMany(institution => Consumption.Meters(registry, institution, day))
                .Where(one => one.Meter.Carrier == carrier && parts.Contains(one.Part))];
        }
    }

    static List<UsageStep> Sum(
        Func<DateOnly, List<(Meter Meter, UsePart Part)>> counted, IReadOnlyList<UsageCell> cells, Grain cellGrain,
        IReadOnlyList<Period> steps, ReportingCalendar calendar, Instant asOf)
    {
        var found = cells.ToDictionary(cell => (cell.Series, cell.Start));
        var result = new List<UsageStep>(steps.Count);
        foreach (var step in steps)
        {
            var (amount, time) = (0.0, default(TimeShare));
            foreach (var part in calendar.Split(step, cellGrain).Where(part => part.Period.From < asOf))
                foreach (var (meter, role) in counted(part.FirstDay))
                {
                    var length = part.Period.Length.TotalMilliseconds;
                    var elapsed = Math.Min(length, (asOf - part.Period.From).TotalMilliseconds);
                    if (Cell(found, meter, role, part) is not { } cell)
                    {
                        time += new TimeShare(elapsed, 0, 0);
                        continue;
                    }
                    var covered = Math.Min(elapsed, cell.Coverage * length);
                    amount += role is UsePart.PvExport or UsePart.EvCharging ? -cell.Amount : cell.Amount;
                    time += new TimeShare(elapsed, covered, covered * cell.Estimated);
                }
            result.Add(new UsageStep(step, time.Covered > 0 ? amount : null, time.Coverage, time.EstimatedShare));
        }
        return result;
    }

    static UsageCell? Cell(
        Dictionary<(SeriesKey, Instant), UsageCell> cells, Meter meter, UsePart part, NamedPeriod step)
    {
        if (meter.Facts.At(step.FirstDay) is not { } fact) return null;
        IReadOnlyList<Quantity> candidates = part == UsePart.PvExport && fact.Value.Role != MeterRole.GridExport
            ? [Quantity.EnergyExport]
            : MeterRoles.UsageQuantities(meter.Carrier, fact.Value.Role);
        foreach (var quantity in candidates)
            if (cells.TryGetValue((new SeriesKey(meter.Id, quantity), step.Period.From), out var cell)) return cell;
        return null;
    }
}
