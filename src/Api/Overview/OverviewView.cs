using EnergyWatch.Analytics.Quotas;
using EnergyWatch.Api.Access;
using EnergyWatch.Api.Configuration;
using EnergyWatch.Api.Endpoints;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary>Puts the first screen together for one scope.</summary>
sealed class OverviewView(IServiceProvider parts, VisibleRegistry visible, AppConfig config, TimeProvider clock)
{
    public async Task<OverviewAnswer> OfAsync(string scope, CancellationToken stop)
    {
        visible.Narrow(scope);
        var registry = visible.Snapshot;
        var periods = new OverviewPeriods(config.Calendar, clock.Now());
        var caliber = Part<ICalibers>().Default;
        var targets = registry.Targets.Where(target => target.Year == periods.Year.FirstDay.Year).ToList();
        var indicators = await IndicatorLookup.ReadAsync(
            Part<IIndicatorStore>(), caliber, scope,
            [.. periods.Names.Concat(DualControlApi.PeriodNames(periods.Year, targets, config.Calendar)).Distinct()],
            new([.. registry.Institutions.Select(institution => institution.Code)], periods.Year.Name, InstitutionsPart.Indicators),
            new(registry.Version, periods.Now), stop);
        var sights = await Part<MeterWatch>().OfAsync([.. registry.Meters.Where(meter => meter.Facts.At(visible.Today) is not null)], stop);
        var quotas = (await Part<QuotaFollowing>().OfYearAsync(periods.Year.FirstDay.Year, stop))
            .Where(progress => registry.Institution(progress.Quota.Institution) is not null).ToList();
        var institutions = Part<InstitutionsPart>().Of(indicators, periods.Year, quotas, sights);
        var deadGateways = DeadGateways(registry, sights);

        return new OverviewAnswer(
            periods.Now, new CountyAnswer(config.County.Name, config.Calendar.Zone.Id), new CaliberAnswer(caliber.Id, caliber.Title),
            new Connected(institutions.Count, institutions.Count(line => line.EnergyYear.Q.Reason != MissingReason.NoMeter)),
            await Part<TotalsPart>().OfAsync(indicators, scope, periods, stop),
            DualControlPart.Of(indicators, scope, targets, periods.Year, config.Calendar, visible.Today),
            await Part<AttentionPart>().OfAsync(quotas, sights, deadGateways, LowCoverage(institutions), stop),
            institutions,
            await Part<PvPart>().OfAsync(periods, stop),
            await Part<FreshnessPart>().OfAsync(scope, sights, deadGateways.Count, CoverageToday(indicators, scope, periods), stop),
            new History(IndicatorKeys.Units[IndicatorKeys.ElectricityTotal], MonthsPart.Of(indicators, scope, IndicatorKeys.ElectricityTotal, periods.Months, 12, periods.Now)));
    }

    T Part<T>() where T : notnull => parts.GetRequiredService<T>();

    /// <summary>A gateway is dead when it has meters and none of them is heard.</summary>
    List<string> DeadGateways(RegistrySnapshot registry, IReadOnlyDictionary<MeterId, MeterSight> sights) =>
    [
        .. registry.Meters.Where(meter => sights.ContainsKey(meter.Id) && meter.Shown(visible.Today).Gateway is not null)
            .GroupBy(meter => meter.Shown(visible.Today).Gateway!)
            .Where(group => group.All(meter => sights[meter.Id].State is MeterState.Failing or MeterState.Offline))
            .Select(group => group.Key).Order(StringComparer.Ordinal),
    ];

    static List<string> LowCoverage(IReadOnlyList<InstitutionLine> institutions) =>
        [.. institutions.Where(line => line.Reason == MissingReason.LowCoverage).Select(line => line.Code)];

    static Metric CoverageToday(IndicatorLookup indicators, string scope, OverviewPeriods periods)
    {
        var today = indicators.Metric(scope, IndicatorKeys.ElectricityTotal, periods.Day);
        return today with { V = today.V is null ? null : today.Q.Coverage, U = "ratio" };
    }
}
