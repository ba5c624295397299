using System.Globalization;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>
/// Which meters make up an institution's usage, day by day: what they are and whom they belong to is dated. Main and
/// grid-import
/// meters are what it buys; sub and check meters are never summed. PV generation counts only where its export is
/// metered too, and
/// only for days on which both are known.
/// </summary>
public static class Consumption
{
    // Below this a day of a pair of meters is not complete, and their difference is estimated.
    const double Complete = 0.999;

    /// <summary>
    /// The meters that count for the institution on this day, with the part each plays; for series at any grain.
    /// </summary>
    public static IReadOnlyList<(Meter Meter, UsePart Part)> Meters(
        RegistrySnapshot registry, string institution, DateOnly day)
    {
        var roster = new Roster(registry, institution);
        var counted = roster.Own(day).ToList();
        foreach (var pair in roster.Pairs(day).Where(pair => pair.Export is not null))
        {
            counted.AddRange(pair.Generation.Select(meter => (meter, UsePart.PvGeneration)));
            counted.Add((pair.Export!, UsePart.PvExport));
        }
        return counted;
    }

    /// <summary>
    /// Everything the institution used on the days of the period that began before <paramref name="asOf"/>.
    /// </summary>
    public static InstitutionUse Of(
        string institution, NamedPeriod period, DayUsage usage, RegistrySnapshot registry, ReportingCalendar calendar,
        Instant asOf)
    {
        var roster = new Roster(registry, institution);
        var sums = new Dictionary<(MeterId, UsePart), MeterUse>();
        var doubts = new Doubts();
        foreach (var (first, end) in roster.Stretches(period.FirstDay, calendar.DayOf(period.Period.To)))
        {
            var own = roster.Own(first).ToList();
            var pairs = roster.Pairs(first);
            for (var day = first; day < end; day = day.AddDays(1))
            {
                var local = calendar.Day(day);
                if (local.From >= asOf) break;
                var elapsed = Math.Min(local.Length.TotalMilliseconds, (asOf - local.From).TotalMilliseconds);
                foreach (var (meter, part) in own)
                    Add(sums, meter, part, usage.Of(meter, Role(meter, day), day), local, elapsed);
                foreach (var pair in pairs) AddPair(sums, pair, usage, day, local, elapsed, doubts);
            }
        }
        return new InstitutionUse(
            institution,
            [.. sums.Values.OrderBy(use => use.Meter.Code, StringComparer.Ordinal).ThenBy(use => use.Part)],
            doubts.Findings(sums.Values));
    }

    static void Add(
        Dictionary<(MeterId, UsePart), MeterUse> sums, Meter meter, UsePart part, UsageCell? cell, Period day,
        double elapsed)
    {
        var covered = Math.Min(elapsed, (cell?.Coverage ?? 0) * day.Length.TotalMilliseconds);
        Add(sums, meter, part, cell?.Amount ?? 0, new TimeShare(elapsed, covered, covered * (cell?.Estimated ?? 0)));
    }

    static void AddPair(
        Dictionary<(MeterId, UsePart), MeterUse> sums, PvPair pair, DayUsage usage, DateOnly day, Period local,
        double elapsed, Doubts doubts)
    {
        if (pair.Export is null)
        {
            doubts.Unknown.UnionWith(pair.Generation.Select(meter => meter.Code));
            return;
        }
        var generated = pair.Generation
            .Select(meter => (Meter: meter, Cell: usage.Of(meter, MeterRole.PvGeneration, day))).ToList();
        var exported = ExportCell(usage, pair.Export, day);
        var least = Math.Min(exported?.Coverage ?? 0, generated.Min(one => one.Cell?.Coverage ?? 0));
        var covered = Math.Min(elapsed, least * local.Length.TotalMilliseconds);
        var partly = least > 0 && covered < elapsed * Complete;
        if (partly) doubts.PartlyDays++;
        foreach (var (meter, cell) in generated) AddHalf(meter, UsePart.PvGeneration, cell);
        AddHalf(pair.Export, UsePart.PvExport, exported);

        void AddHalf(Meter meter, UsePart part, UsageCell? cell) => Add(
            sums, meter, part, least > 0 ? cell!.Value.Amount : 0,
            new TimeShare(elapsed, covered, partly ? covered : covered * (cell?.Estimated ?? 0)));
    }

    // A two-way meter shows what it exports beside what it imports.
    static UsageCell? ExportCell(DayUsage usage, Meter meter, DateOnly day) => Role(meter, day) == MeterRole.GridExport
        ? usage.Of(meter, MeterRole.GridExport, day)
        : usage.Of(new SeriesKey(meter.Id, Quantity.EnergyExport), day);

    static MeterRole Role(Meter meter, DateOnly day) => meter.Facts.At(day)!.Value.Role;

    static void Add(
        Dictionary<(MeterId, UsePart), MeterUse> sums, Meter meter, UsePart part, double amount, TimeShare time)
    {
        var known = sums.GetValueOrDefault((meter.Id, part)) ?? new MeterUse(meter, part, 0, default);
        sums[(meter.Id, part)] = known with { Amount = known.Amount + amount, Time = known.Time + time };
    }

    sealed class Doubts
    {
        public HashSet<string> Unknown { get; } = [];
        public int PartlyDays { get; set; }

        public List<Finding> Findings(IReadOnlyCollection<MeterUse> uses)
        {
            var findings = Unknown.Order(StringComparer.Ordinal).Select(code => new Finding(
                FindingCodes.SelfUseUnknown,
                $"{code} has no export meter: how much of its generation was used here is not known, none is counted")).ToList();
            if (PartlyDays > 0)
                findings.Add(new Finding(FindingCodes.SelfUseEstimated, string.Create(CultureInfo.InvariantCulture,
                    $"On {PartlyDays} day(s) generation or export is known only in part: self-use of these days is marked as estimated")));
            var net = uses.Where(use => use.Part is UsePart.PvGeneration or UsePart.PvExport)
                .Sum(use => use.Sign * use.Amount);
            if (net < 0)
                findings.Add(new Finding(FindingCodes.ExportExceedsGeneration, string.Create(CultureInfo.InvariantCulture,
                    $"More was exported than generated, by {-net:0.###} kWh: one of the meters is wrong")));
            return findings;
        }
    }
}
