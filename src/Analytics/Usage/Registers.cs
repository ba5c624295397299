using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// Cuts a series where the meter was replaced: each register is a series of its own, the old one ending and the new
/// one beginning with
/// the values written down at the exchange. Readings that cannot be a register's state are left out, each run of them
/// noted once.
/// </summary>
static class Registers
{
    public static List<List<RegisterPoint>> Split(
        ReadOnlySpan<Reading> readings, MeterPast past, List<Decision> decisions)
    {
        var registers = new List<List<RegisterPoint>>(past.Replacements.Count + 1);
        var points = new List<RegisterPoint>(readings.Length + 2);
        var next = 0;
        var refusing = false;
        for (var i = 0; i < readings.Length; i++)
        {
            ref readonly var reading = ref readings[i];
            var at = reading.At.UnixMilliseconds;
            if (i > 0 && reading.At <= readings[i - 1].At)
                throw new ArgumentException($"The reading of {reading.At} does not come after {readings[i - 1].At}.",
                    nameof(readings));
            while (next < past.Replacements.Count && past.Replacements[next].At <= reading.At)
                points = Replace(registers, points, past.Replacements[next++], decisions);

            var max = past.At(at).RegisterMax;
            if (!CounterSteps.IsUsable(reading, double.IsNaN(max) ? null : max))
            {
                if (!refusing) decisions.Add(Refused(at, reading.Value));
                refusing = true;
                continue;
            }
            refusing = false;
            // What was read in the moment of the exchange could be of either register; what was written down stands.
            if (points.Count == 0 || points[^1].At < at)
                points.Add(new RegisterPoint(at, reading.Value, reading.Provenance == Provenance.Estimated));
        }
        while (readings.Length > 0 && next < past.Replacements.Count)
            points = Replace(registers, points, past.Replacements[next++], decisions);
        registers.Add(points);
        return registers;
    }

    static List<RegisterPoint> Replace(
        List<List<RegisterPoint>> registers, List<RegisterPoint> old, MeterReplacement replacement,
        List<Decision> decisions)
    {
        var at = replacement.At.UnixMilliseconds;
        old.Add(new RegisterPoint(at, replacement.EndReading));
        registers.Add(old);
        decisions.Add(new Decision(at, UsageFindingCodes.Replacement, Said.Invariant(
            $"The meter was replaced: old register ended at {replacement.EndReading:0.###}, new one began at {replacement.StartReading:0.###}")));
        return [new RegisterPoint(at, replacement.StartReading)];
    }

    static Decision Refused(long at, double value) => new(at, UsageFindingCodes.Held, Said.Invariant(
        $"{value:0.###} is outside what the register can show: passed over, as are those like it that follow"));
}
