namespace EnergyWatch.Domain.Indicators;

/// <summary>A dual-control target of the county for one year.</summary>
/// <param name="Indicator">Key of the indicator it binds (<see cref="IndicatorKeys"/>).</param>
/// <param name="BaseYear">The year it is measured against.</param>
/// <param name="ReductionPercent">How much lower than the base year, in percent; null where only a cap is given.</param>
/// <param name="Cap">The value not to exceed, in the indicator's unit; null where it follows from the base year.</param>
/// <param name="Source">The document that sets it.</param>
public sealed record Target(int Year, string Indicator, int BaseYear, double? ReductionPercent, double? Cap, string Source);
