using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>What a meter contributes to its institution's usage.</summary>
public enum UsePart { Purchased = 1, PvGeneration = 2, PvExport = 3, EvCharging = 4 }

/// <summary>
/// One meter's usage in a period in its carrier's unit, over the time it belonged to the institution in this part.
/// </summary>
public sealed record MeterUse(Meter Meter, UsePart Part, double Amount, TimeShare Time)
{
    /// <summary>
    /// PV self-use is generation minus export; separately metered charging is taken out where the caliber says so.
    /// </summary>
    public double Sign => Part is UsePart.PvExport or UsePart.EvCharging ? -1 : 1;
}

/// <summary>
/// A sum over meters: null with its reason where nothing is known, else the known part with its coverage.
/// </summary>
public sealed record UseSum(double? Amount, TimeShare Time, string? Reason)
{
    public static UseSum Of(IReadOnlyCollection<MeterUse> meters)
    {
        var time = meters.Aggregate(default(TimeShare), (sum, meter) => sum + meter.Time);
        return meters.Count == 0 ? new UseSum(null, time, MissingReason.NoMeter)
            : time.Covered <= 0 ? new UseSum(null, time, MissingReason.NoData)
            : new UseSum(meters.Sum(meter => meter.Sign * meter.Amount), time, null);
    }
}

/// <summary>
/// What an institution used in the elapsed part of a period, meter by meter. Sub and check meters are never in it.
/// </summary>
public sealed record InstitutionUse(string Institution, IReadOnlyList<MeterUse> Meters, IReadOnlyList<Finding> Findings)
{
    /// <summary>Bought from outside: main and grid-import meters.</summary>
    public UseSum Purchased(Carrier carrier) => UseSum.Of(Parts(carrier, UsePart.Purchased));

    /// <summary>PV generation minus export where both are metered; NO_METER where self-use is not known.</summary>
    public UseSum SelfUse() => UseSum.Of(Parts(Carrier.Electricity, UsePart.PvGeneration, UsePart.PvExport));

    /// <summary>What the caliber counts as the institution's usage of this carrier.</summary>
    public UseSum Total(Carrier carrier, CaliberRules rules) =>
        UseSum.Of(Counted(carrier, rules, selfUse: rules.PvSelfUseCounts));

    /// <summary>
    /// The meters of <see cref="Total"/>; without PV self-use for carbon, which counts purchased electricity only.
    /// </summary>
    public IReadOnlyList<MeterUse> Counted(Carrier carrier, CaliberRules rules, bool selfUse) =>
    [
        .. Meters.Where(use => use.Meter.Carrier == carrier && use.Part switch
        {
            UsePart.Purchased => true,
            UsePart.EvCharging => rules.ExcludeEvCharging,
            _ => selfUse,
        }),
    ];

    List<MeterUse> Parts(Carrier carrier, params ReadOnlySpan<UsePart> parts)
    {
        var found = new List<MeterUse>();
        foreach (var use in Meters)
            if (use.Meter.Carrier == carrier && parts.Contains(use.Part)) found.Add(use);
        return found;
    }
}
