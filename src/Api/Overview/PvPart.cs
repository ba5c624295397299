using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Analytics.Pv;
using EnergyWatch.Api.Access;
using EnergyWatch.Api.Endpoints;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary>The rooftop plants: what they yield today and this year, and whether each reports.</summary>
sealed class PvPart(IUsageLedger ledger, ISeriesReader series, ReportingCalendar calendar, VisibleRegistry visible)
{
    public async Task<PvAnswer> OfAsync(OverviewPeriods periods, CancellationToken stop)
    {
        var registry = visible.Snapshot;
        var generation = registry.PvSites.Select(site => registry.Meter(site.GenerationMeter)).OfType<Meter>().Select(meter => meter.Id).ToList();
        var exports = registry.PvSites.Select(site => site.ExportMeter is { } code ? registry.Meter(code) : null).OfType<Meter>().Select(meter => meter.Id);
        var usage = new DayUsage(await ledger.DaysAsync([.. generation.Concat(exports).Distinct()], periods.Year.Period, stop), calendar);
        var latest = await series.LatestAsync(generation, stop);
        var sites = registry.PvSites.Select(site => PvSummary.Of(site, registry, usage, latest, calendar, periods.Now)).ToList();
        return Answer(sites, PvSummary.Sum(sites), new Figures(periods, registry.Version));
    }

    static PvAnswer Answer(List<PvSiteSummary> sites, PvCounty county, Figures figures) => new(
        county.Sites, county.Online, county.CapacityKwp, county.ArrayAreaM2 ?? 0, figures.Power(county.PowerKw), figures.Today(county.Today),
        figures.Year(county.Year), figures.SelfUse(county.Year), figures.Hours(county.Today),
        [.. sites.Select(site => new PvSiteLine(
            site.Site.Code, site.Site.Name, site.Site.Institution, Status(site.Online), site.Site.CapacityKwp, figures.Power(site.PowerKw),
            figures.Today(site.Today), site.LastSeen))]);

    static string Status(PvOnline online) => online switch
    {
        PvOnline.Online => "online", PvOnline.Stale => "late", PvOnline.Offline => "offline", _ => "never",
    };

    /// <summary>Yields as metrics.</summary>
    sealed class Figures(OverviewPeriods periods, long registry)
    {
        public Metric Power(double? kilowatt) => Of(kilowatt, "kW", kilowatt is null ? 0 : 1, 0, null, periods.Day.Period);
        public Metric Today(PvYield yield) => Of(yield.GenerationKwh, "kWh", yield.Coverage, yield.Estimated, null, periods.Day.Period);
        public Metric Year(PvYield yield) => Of(yield.GenerationKwh, "kWh", yield.Coverage, yield.Estimated, null, periods.Year.Period);
        public Metric Hours(PvYield yield) => Of(yield.SpecificYield, "h", yield.Coverage, yield.Estimated, null, periods.Day.Period);

        public Metric SelfUse(PvYield yield) =>
            Of(yield.SelfUseShare, "ratio", yield.Coverage, yield.Estimated, yield.SelfUseReason, periods.Year.Period);

        Metric Of(double? value, string unit, double coverage, double estimated, string? reason, Period period) => new(
            value, unit, new Quality(coverage, estimated, value is null ? reason ?? MissingReason.NoData : null), periods.Now,
            MetricPeriod.Of(period, periods.Now), new Versions(null, registry));
    }
}
