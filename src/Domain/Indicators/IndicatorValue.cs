using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Indicators;

/// <summary>
/// One number for one scope and calendar period under one caliber, with everything needed to defend it. <c>Value</c> is null exactly
/// when <c>Reason</c> is not. For a period that is not over, it covers the part up to <c>AsOf</c>.
/// </summary>
/// <param name="Id">Of the stored value, stable over recomputation; 0 until it is kept.</param>
/// <param name="Scope">Institution code, <c>system:教育</c>, <c>type:021</c>, or <c>county</c>.</param>
/// <param name="Indicator">One of <see cref="IndicatorKeys"/>.</param>
/// <param name="Period">Name of the calendar period: <c>2026-10</c>, <c>2026</c>.</param>
/// <param name="Coverage">Share, 0 to 1, of the metered time of the elapsed part over which usage is known.</param>
/// <param name="Estimated">Share, 0 to 1, of that which was spread over gaps.</param>
/// <param name="CaliberId">Caliber and edition it was computed under.</param>
/// <param name="RegistryVersion">Registry it was computed from.</param>
/// <param name="Version">Counts the times the value changed, from 1. Set by the store.</param>
public sealed record IndicatorValue(
    long Id,
    string Scope,
    string Indicator,
    string Period,
    double? Value,
    string Unit,
    double Coverage,
    double Estimated,
    string? Reason,
    Instant AsOf,
    string CaliberId,
    long RegistryVersion,
    int Version,
    Derivation Derivation);

/// <summary>How a value came about, complete enough to be redone with a pocket calculator.</summary>
public sealed record Derivation(
    string Formula,
    IReadOnlyList<DerivationTerm> Terms,
    IReadOnlyList<DenominatorPart> Denominators,
    IReadOnlyList<Finding> Findings)
{
    public static Derivation None(string formula) => new(formula, [], [], []);
}

/// <summary>One meter's share of a total: amount × factor = contribution. A negative sign means it was taken out.</summary>
public sealed record DerivationTerm(
    string Meter, Carrier Carrier, double Amount, string Unit, double Sign, double? Factor, string? FactorSource,
    double Contribution, double Coverage, double Estimated);

/// <summary>A denominator over the days for which it held; the period's denominator is their mean weighted by days.</summary>
public sealed record DenominatorPart(string What, DateOnly First, DateOnly End, double Value, string? Source);

/// <summary>A doubt about a result, as data: a code and the numbers that show it.</summary>
public sealed record Finding(string Code, string Detail);
