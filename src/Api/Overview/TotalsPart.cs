using EnergyWatch.Api.Access;
using EnergyWatch.Domain.Indicators;

namespace EnergyWatch.Api.Overview;

/// <summary>How much so far: energy, electricity, carbon and water today, this month and this year, beside the same elapsed part of last year.</summary>
sealed class TotalsPart(ChangesPart changes, VisibleRegistry visible)
{
    static readonly (string Key, string Indicator)[] Shown =
    [
        ("energy", IndicatorKeys.EnergyTotal), ("electricity", IndicatorKeys.ElectricityTotal),
        ("carbon", IndicatorKeys.CarbonTotal), ("water", IndicatorKeys.WaterTotal),
    ];

    const int MonthsShown = 13;

    public async Task<IReadOnlyList<Total>> OfAsync(IndicatorLookup indicators, string scope, OverviewPeriods periods, CancellationToken stop)
    {
        var change = await changes.OfAsync(scope, visible.Caller.Scope, visible.Snapshot, periods, stop);
        return [.. Shown.Select(total => new Total(
            total.Key,
            indicators.Metric(scope, total.Indicator, periods.Day),
            indicators.Metric(scope, total.Indicator, periods.Month),
            indicators.Metric(scope, total.Indicator, periods.Year),
            new TotalChange(change[(total.Indicator, periods.Day.Name)], change[(total.Indicator, periods.Month.Name)], change[(total.Indicator, periods.Year.Name)]),
            MonthsPart.Of(indicators, scope, total.Indicator, periods.Months, MonthsShown, periods.Now)))];
    }
}
