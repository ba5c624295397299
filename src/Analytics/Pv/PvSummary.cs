using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Pv;

public enum PvOnline
{
    /// <summary>It reports as often as it should.</summary>
    Online,
    /// <summary>Nothing came for more than three of its intervals.</summary>
    Stale,
    /// <summary>Nothing came for more than twelve of its intervals.</summary>
    Offline,
    /// <summary>Nothing ever came.</summary>
    NeverSeen,
}

/// <summary>
/// What a site generated in a period: null where nothing is known. A night without generation is a true zero.
/// </summary>
/// <param name="SpecificYield">kWh per kWp, which is also its equivalent full-load hours (等效利用小时) in the
/// period.</param>
/// <param name="ExportKwh">On the days on which generation is known as well.</param>
/// <param name="PairedKwh">The generation of the days on which export is known as well: what the self-use share is
/// of.</param>
/// <param name="SelfUseShare">(generation − export) ÷ generation, 0 to 1; null unless both are known for the same
/// days.</param>
/// <param name="SelfUseReason">Why the share is not there.</param>
public sealed record PvYield(
    double? GenerationKwh, double? SpecificYield, double? ExportKwh, double? PairedKwh, double? SelfUseShare,
    string? SelfUseReason, double Coverage, double Estimated);

/// <summary>One rooftop site now: its generation today, this month and this year, and whether it reports.</summary>
public sealed record PvSiteSummary(
    PvSite Site, PvYield Today, PvYield Month, PvYield Year, double? PowerKw, PvOnline Online, Instant? LastSeen);

/// <summary>
/// All sites together. Capacity in kWp; what cannot be known of a site is missing from the sums, and the coverage says
/// so.
/// </summary>
public sealed record PvCounty(
    int Sites, int Online, double CapacityKwp, double? ArrayAreaM2, double? PowerKw, PvYield Today, PvYield Month,
    PvYield Year);

/// <summary>Site and county figures of rooftop PV from day cells and the last readings. Pure.</summary>
public static class PvSummary
{
    const int StaleIntervals = 3;
    const int OfflineIntervals = 12;

    /// <param name="usage">Day cells of the site's meters of this year.</param>
    /// <param name="latest">Last readings of its generation meter.</param>
    public static PvSiteSummary Of(
        PvSite site, RegistrySnapshot registry, DayUsage usage, IReadOnlyCollection<Reading> latest,
        ReportingCalendar calendar, Instant now)
    {
        var today = calendar.DayOf(now);
        var generation = registry.Meter(site.GenerationMeter);
        var mine = latest.Where(reading => reading.Series.Meter == generation?.Id).ToList();
        Instant? seen = mine.Count > 0 ? mine.Max(reading => reading.At) : null;
        var online = State(generation, seen, today, now);
        var power = mine.Where(reading => reading.Series.Quantity is Quantity.PvPower or Quantity.Power)
            .OrderBy(reading => reading.Series.Quantity == Quantity.PvPower ? 0 : 1)
            .Select(reading => (double?)reading.Value).FirstOrDefault();
        return new PvSiteSummary(
            site, Yield(Grain.Day), Yield(Grain.Month), Yield(Grain.Year),
            online == PvOnline.Online ? power : null, online, seen);

        PvYield Yield(Grain grain) => Of(site, registry, usage, calendar, calendar.Named(today, grain), now);
    }

    /// <summary>The site's yield over the elapsed part of a period.</summary>
    public static PvYield Of(
        PvSite site, RegistrySnapshot registry, DayUsage usage, ReportingCalendar calendar, NamedPeriod period,
        Instant asOf)
    {
        var generation = registry.Meter(site.GenerationMeter);
        // What several roofs export through one meter says nothing of one of them.
        var shared = registry.PvSites.Count(other => other.ExportMeter == site.ExportMeter) > 1;
        var export = !shared && site.ExportMeter is { } code ? registry.Meter(code) : null;
        var sum = default(PvSums);
        for (var day = period.FirstDay; ; day = day.AddDays(1))
        {
            var local = calendar.Day(day);
            if (local.From >= period.Period.To || local.From >= asOf) break;
            var length = local.Length.TotalMilliseconds;
            sum = sum.And(
                generation is null ? null : Cell(usage, generation, day, MeterRole.PvGeneration),
                export is null ? null : Cell(usage, export, day, MeterRole.GridExport),
                length, Math.Min(length, (asOf - local.From).TotalMilliseconds));
        }
        return sum.Yield(site.CapacityKwp, exportMetered: export is not null);
    }

    /// <summary>The sites of a county, or of any part of it, together.</summary>
    public static PvCounty Sum(IReadOnlyCollection<PvSiteSummary> sites)
    {
        var powers = sites.Select(site => site.PowerKw).OfType<double>().ToList();
        var areas = sites.Select(site => site.Site.ArrayAreaM2).OfType<double>().ToList();
        return new PvCounty(
            sites.Count, sites.Count(site => site.Online == PvOnline.Online), sites.Sum(site => site.Site.CapacityKwp),
            areas.Count > 0 ? areas.Sum() : null, powers.Count > 0 ? powers.Sum() : null,
            Together(sites, site => site.Today), Together(sites, site => site.Month), Together(sites, site => site.Year));
    }

    /// <summary>
    /// 自发自用率: the part of the generation that was used here. 1 is all; null where nothing was generated.
    /// </summary>
    public static double? SelfUseShare(double generation, double export) =>
        generation > 0 ? (generation - export) / generation : null;

    /// <summary>自给率: the part of the load that the roof covered. The load is generation − export + import.</summary>
    public static double? SelfSupplyShare(double generation, double export, double import) =>
        generation - export + import is > 0 and var load ? (generation - export) / load : null;

    static PvYield Together(IReadOnlyCollection<PvSiteSummary> sites, Func<PvSiteSummary, PvYield> of)
    {
        var known = sites.Where(site => of(site).GenerationKwh is not null).ToList();
        var paired = known.Where(site => of(site).SelfUseShare is not null).ToList();
        var capacity = known.Sum(site => site.Site.CapacityKwp);
        var generated = known.Sum(site => of(site).GenerationKwh!.Value);
        var (pairGenerated, pairExported) =
            (paired.Sum(site => of(site).PairedKwh!.Value), paired.Sum(site => of(site).ExportKwh!.Value));
        return new PvYield(
            known.Count > 0 ? generated : null, capacity > 0 ? generated / capacity : null,
            paired.Count > 0 ? pairExported : null, paired.Count > 0 ? pairGenerated : null,
            paired.Count > 0 ? SelfUseShare(pairGenerated, pairExported) : null,
            paired.Count > 0 ? null : Domain.Indicators.MissingReason.NoMeter,
            sites.Count > 0 ? sites.Average(site => of(site).Coverage) : 0,
            known.Count > 0 ? known.Average(site => of(site).Estimated) : 0);
    }

    static PvOnline State(Meter? meter, Instant? seen, DateOnly today, Instant now)
    {
        if (seen is not { } last) return PvOnline.NeverSeen;
        var interval = TimeSpan.FromSeconds(meter!.Shown(today).IntervalS);
        var silent = now - last;
        return silent > interval * OfflineIntervals ? PvOnline.Offline
            : silent > interval * StaleIntervals ? PvOnline.Stale : PvOnline.Online;
    }

    static UsageCell? Cell(DayUsage usage, Meter meter, DateOnly day, MeterRole role)
    {
        if (meter.Facts.At(day) is not { } fact) return null;
        return role == MeterRole.GridExport && fact.Value.Role != MeterRole.GridExport
            ? usage.Of(new SeriesKey(meter.Id, Quantity.EnergyExport), day)
            : usage.Of(meter, fact.Value.Role, day);
    }
}
