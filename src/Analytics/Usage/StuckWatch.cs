using EnergyWatch.Domain.Ledger;

namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// Says once, when it has lasted long enough, that a register does not move. A register at 0 never moved yet, and a
/// night or a weekend
/// without use is ordinary: both stay true zeros, and so do the cells of a stuck one until somebody knows better.
/// </summary>
sealed class StuckWatch(TimeSpan after, int readings)
{
    long _since = long.MinValue;
    int _count;
    bool _said;

    public Decision? Says(RegisterPoint from, RegisterPoint to)
    {
        if (to.Value != from.Value || to.Value == 0)
        {
            (_count, _said) = (0, false);
            return null;
        }
        if (_count == 0) (_since, _count) = (from.At, 1);
        _count++;
        if (_said || _count < readings || to.At - _since < (long)after.TotalMilliseconds) return null;
        _said = true;
        return new Decision(to.At, UsageFindingCodes.Stuck, Said.Invariant(
            $"The register stands at {to.Value:0.###} for {Said.Length(to.At - _since)} in {_count} readings"));
    }
}
