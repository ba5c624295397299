using System.Globalization;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>A total of an institution with its terms: null with a reason where nothing is known.</summary>
sealed record Total(
    double? Value, TimeShare Time, string? Reason, IReadOnlyList<DerivationTerm> Terms, IReadOnlyList<Finding> Findings);

/// <summary>
/// The four totals of dual control: energy in kgce, carbon in kgCO₂, electricity in kWh, water in m³. Water is not
/// converted to coal.
/// </summary>
static class Totals
{
    static readonly Carrier[] Energy = [.. Carriers.All.Where(carrier => carrier != Carrier.Water)];

    public static Total EnergyKgce(InstitutionUse use, Caliber caliber) =>
        Sum(
            use, Energy.SelectMany(carrier => use.Counted(carrier, caliber.Rules, caliber.Rules.PvSelfUseCounts)), caliber,
            FactorKind.StandardCoal);

    /// <summary>Carbon counts purchased electricity only: self-used PV has already lowered what is purchased.</summary>
    public static Total CarbonKg(InstitutionUse use, Caliber caliber) =>
        Sum(
            use, Energy.SelectMany(carrier => use.Counted(carrier, caliber.Rules, selfUse: false)), caliber, FactorKind.Carbon);

    public static Total Electricity(InstitutionUse use, Caliber caliber) =>
        Sum(use, use.Counted(Carrier.Electricity, caliber.Rules, caliber.Rules.PvSelfUseCounts), caliber, null);

    public static Total Water(InstitutionUse use, Caliber caliber) =>
        Sum(use, use.Counted(Carrier.Water, caliber.Rules, selfUse: false), caliber, null);

    static Total Sum(InstitutionUse use, IEnumerable<MeterUse> counted, Caliber caliber, FactorKind? kind)
    {
        var meters = counted.ToList();
        var terms = new List<DerivationTerm>();
        var findings = new List<Finding>(use.Findings);
        var time = default(TimeShare);
        foreach (var meter in meters)
        {
            var carrier = meter.Meter.Carrier;
            var factor = kind is { } wanted ? caliber.Factor(carrier, wanted) : null;
            if (kind is not null && factor is null)
            {
                // What cannot be converted is missing from the sum, so its time is not covered.
                time += meter.Time with { Covered = 0, Estimated = 0 };
                findings.Add(new Finding(FindingCodes.NoFactor, string.Create(CultureInfo.InvariantCulture,
                    $"{caliber.Id} has no {kind} factor for {carrier.Key()}: {meter.Amount:0.###} {carrier.Unit()} of {meter.Meter.Code} are not in the total")));
                continue;
            }
            time += meter.Time;
            var contribution = meter.Sign * meter.Amount * (factor?.PerUnit ?? 1);
            terms.Add(new DerivationTerm(
                meter.Meter.Code, carrier, meter.Amount, carrier.Unit(), meter.Sign, factor?.PerUnit, Said(factor),
                contribution, meter.Time.Coverage, meter.Time.EstimatedShare));
            if (meter.Part == UsePart.EvCharging)
                findings.Add(new Finding(FindingCodes.EvTakenOut,
                    $"{meter.Meter.Code} charges vehicles and is taken out, as {caliber.Id} says"));
        }
        if (kind == FactorKind.Carbon)
            findings.RemoveAll(finding => finding.Code is FindingCodes.SelfUseUnknown or FindingCodes.SelfUseEstimated);
        // What is only taken out of a sum is no sum.
        var reason = meters.TrueForAll(meter => meter.Part == UsePart.EvCharging) ? MissingReason.NoMeter
            : time.Covered <= 0 ? MissingReason.NoData : null;
        return new Total(reason is null ? terms.Sum(term => term.Contribution) : null, time, reason, terms, findings);
    }

    static string? Said(CarrierFactor? factor) => factor is null ? null
        : string.Join("; ", new[] { factor.Source, factor.Edition, factor.Derivation, factor.Evidence }
            .Where(part => !string.IsNullOrEmpty(part)));
}
