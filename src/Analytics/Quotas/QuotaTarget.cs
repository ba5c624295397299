using EnergyWatch.Domain.Indicators;

namespace EnergyWatch.Analytics.Quotas;

/// <summary>What the county's targets ask of one indicator in one year, against the year before.</summary>
/// <param name="Reduction">As a share of the year before: 0.011 for 1.1 %. 0 where no target speaks of it.</param>
/// <param name="Cap">What all institutions together may use, in the indicator's unit.</param>
/// <param name="From">The target the reduction follows from; null where there is none.</param>
public sealed record QuotaTarget(double Reduction, double? Cap, Target? From)
{
    /// <summary>
    /// The target of the indicator itself; where only an intensity is bound, its stated reduction is taken for the
    /// total as well (the quota follows area and heads by its own weights). Electricity is bound by the energy targets
    /// where it has none of its own.
    /// </summary>
    public static QuotaTarget For(string indicator, int year, IReadOnlyList<Target> targets)
    {
        var ofYear = targets.Where(target => target.Year == year).ToList();
        var cap = ofYear.FirstOrDefault(target => target.Indicator == indicator)?.Cap;
        var from = Candidates(indicator)
            .Select(key => ofYear.Find(target => target.Indicator == key && target.ReductionPercent is not null))
            .OfType<Target>().FirstOrDefault();
        return new QuotaTarget(from is null ? 0 : SinceLastYear(from, targets), cap, from);
    }

    // A target names the whole way since its base year. The step of this year is what is left after last year's target
    // of the same base year; without one, the constant yearly rate that leads there.
    static double SinceLastYear(Target target, IReadOnlyList<Target> targets)
    {
        var keeps = 1 - target.ReductionPercent!.Value / 100;
        var years = target.Year - target.BaseYear;
        if (years <= 1) return 1 - keeps;
        var before = targets.FirstOrDefault(other =>
            other.Year == target.Year - 1 && other.BaseYear == target.BaseYear && other.Indicator == target.Indicator);
        return before?.ReductionPercent is { } reduced && reduced < 100
            ? 1 - keeps / (1 - reduced / 100)
            : 1 - Math.Pow(keeps, 1.0 / years);
    }

    static string[] Candidates(string indicator) => indicator switch
    {
        IndicatorKeys.EnergyTotal =>
            [IndicatorKeys.EnergyTotal, IndicatorKeys.EnergyPerArea, IndicatorKeys.EnergyPerHead],
        IndicatorKeys.WaterTotal => [IndicatorKeys.WaterTotal, IndicatorKeys.WaterPerHead],
        IndicatorKeys.ElectricityTotal =>
        [
            IndicatorKeys.ElectricityTotal, IndicatorKeys.ElectricityPerArea, IndicatorKeys.ElectricityPerHead,
            .. Candidates(IndicatorKeys.EnergyTotal),
        ],
        _ => [indicator],
    };
}
