using EnergyWatch.Domain.Indicators;

namespace EnergyWatch.Analytics.Quotas;

/// <summary>How quotas are set.</summary>
public sealed record QuotaOptions
{
    /// <summary>What gets a quota.</summary>
    public IReadOnlyList<string> Indicators { get; init; } =
        [IndicatorKeys.EnergyTotal, IndicatorKeys.ElectricityTotal, IndicatorKeys.WaterTotal];

    /// <summary>How strongly quotas follow floor area and users of energy.</summary>
    public QuotaWeights Weights { get; init; } = QuotaWeights.Even;
}
