using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Domain.Indicators;

/// <summary>
/// A calculation caliber (口径): conversion factors, denominator rules and exclusions under one name and edition. Immutable: another
/// factor is another edition, and indicators of two calibers never meet in one table.
/// </summary>
/// <param name="Name">For example <c>statutory-gx</c>.</param>
/// <param name="Edition">Grows with every change; name and edition together are what an indicator names.</param>
/// <param name="Title">What officers call it, zh-CN.</param>
/// <param name="ValidFrom">The first day of usage it may be applied to.</param>
/// <param name="Source">The document it follows.</param>
public sealed record Caliber(
    string Name,
    int Edition,
    string Title,
    DateOnly ValidFrom,
    string Source,
    IReadOnlyList<CarrierFactor> Factors,
    DenominatorRule Denominators,
    CaliberRules Rules)
{
    /// <summary>Name and edition as indicators carry them, for example <c>statutory-gx@1</c>.</summary>
    public string Id => $"{Name}@{Edition}";

    public CarrierFactor? Factor(Carrier carrier, FactorKind kind) =>
        Factors.FirstOrDefault(factor => factor.Carrier == carrier && factor.Kind == kind);
}

/// <summary>What a factor converts to: kgce, or kgCO₂, per canonical unit of the carrier.</summary>
public enum FactorKind { StandardCoal = 1, Carbon = 2 }

/// <param name="PerUnit">kgce or kgCO₂ per canonical unit of the carrier (kWh, m³, GJ, kg, L).</param>
/// <param name="Derivation">How it follows from the source where it is not printed there, e.g. <c>1.4714 kgce/kg × 0.73 kg/L</c>; else null.</param>
/// <param name="Evidence">found, secondary, computed or recalled: how far the source was seen.</param>
public sealed record CarrierFactor(
    Carrier Carrier, FactorKind Kind, double PerUnit, string Source, string Edition, DateOnly? Dated, string Evidence, string? Derivation);

/// <summary>Which head-count categories make the users of energy, and with what weight.</summary>
public sealed record DenominatorRule(IReadOnlyDictionary<string, double> HeadWeights, string Source);

/// <param name="PvSelfUseCounts">Self-used PV is part of total electricity and energy. Carbon always counts purchased electricity only.</param>
/// <param name="ExcludeEvCharging">Separately metered vehicle charging is taken out.</param>
public sealed record CaliberRules(bool PvSelfUseCounts, bool ExcludeEvCharging);
