using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Ledger;

namespace EnergyWatch.Analytics.Pv;

/// <summary>Generation and export added up day by day; the pair apart, over the days on which both are known.</summary>
readonly record struct PvSums(
    double Generated, double PairGenerated, double PairExported, double PairTime, TimeShare Time)
{
    public PvSums And(UsageCell? generation, UsageCell? export, double length, double elapsed)
    {
        var covered = Math.Min(elapsed, (generation?.Coverage ?? 0) * length);
        var next = this with
        {
            Generated = Generated + (generation?.Amount ?? 0),
            Time = Time + new TimeShare(elapsed, covered, covered * (generation?.Estimated ?? 0)),
        };
        return generation is { } made && export is { } sold
            ? next with
            {
                PairGenerated = PairGenerated + made.Amount,
                PairExported = PairExported + sold.Amount,
                PairTime = PairTime + covered,
            }
            : next;
    }

    public PvYield Yield(double capacityKwp, bool exportMetered)
    {
        var share = PairTime > 0 ? PvSummary.SelfUseShare(PairGenerated, PairExported) : null;
        var reason = share is not null ? null
            : !exportMetered ? MissingReason.NoMeter : PairTime > 0 ? MissingReason.BaseZero : MissingReason.NoData;
        double? generated = Time.Covered > 0 ? Generated : null;
        return new PvYield(
            generated, capacityKwp > 0 ? generated / capacityKwp : null, PairTime > 0 ? PairExported : null,
            PairTime > 0 ? PairGenerated : null, share, reason, Time.Coverage, Time.EstimatedShare);
    }
}
