using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Usage;

/// <summary>What became of the way from one good register point to the next.</summary>
/// <param name="RegisterUnits">What was counted, in register units; meaningless where it is held.</param>
/// <param name="Code">The event it was, one of the <c>UsageFindingCodes</c>; null for an ordinary step.</param>
readonly record struct StepVerdict(
    double RegisterUnits, bool Held, bool Estimated, string? Code = null, string? Detail = null);

/// <summary>
/// Judges one step by the two points and the meter's facts alone. What a meter can count comes from its rated
/// capacity; where that is
/// not known nothing is called implausible.
/// </summary>
sealed class StepJudge(MeterPast past, ReportingCalendar calendar, UsageOptions options)
{
    // Polls come a little late: two intervals are still two intervals.
    const double Jitter = 1.01;

    // Without a known capacity, a wrap is believed only from the last tenth of the register to its first.
    const double NearEnd = 0.1;

    /// <param name="first">There is no point before <paramref name="from"/>: if the register falls right after it,
    /// nothing says that it was ever there.</param>
    public StepVerdict Judge(RegisterPoint from, RegisterPoint to, bool first)
    {
        var difference = to.Value - from.Value;
        if (difference < 0) return Fallen(from, to, first);
        return Fits(from, to, difference) != false
            ? new StepVerdict(difference, Held: false, from.Estimated || to.Estimated || IsGap(from, to))
            : Hold(from, to, difference, "is more than its rated capacity allows");
    }

    /// <summary>
    /// Whether these two lie further apart than the readings of this meter may, so that some hour gets its part of the difference
    /// only by spreading it. Within one hour nothing is spread, however far apart they are: a history by the hour is no guess.
    /// </summary>
    public bool IsGap(RegisterPoint from, RegisterPoint to)
    {
        ref readonly var facts = ref past.At(from.At);
        var interval = facts.Counts ? facts.IntervalMs : past.At(to.At).IntervalMs;
        if (interval <= 0 || to.At - from.At <= interval * options.GapIntervals * Jitter) return false;
        // An hour's edge next to an end shares out next to nothing: hourly values that come some seconds late.
        var slack = (to.At - from.At) / 100;
        return calendar.HourOf(new Instant(to.At - slack - 1)).UnixMilliseconds > from.At + slack;
    }

    StepVerdict Fallen(RegisterPoint from, RegisterPoint to, bool first)
    {
        var registerMax = past.At(from.At).RegisterMax;
        if (Wrap(from, to, registerMax) is { } wrapped)
            return new StepVerdict(wrapped, Held: false, IsGap(from, to), UsageFindingCodes.Rollover, Said.Invariant(
                $"The register went past its end {registerMax:0.###} from {from.Value:0.###} to {to.Value:0.###}: {wrapped:0.###} counted"));

        var began = Fits(from, to, to.Value) switch
        {
            true => to.Value < from.Value / 2,
            null => to.Value <= from.Value * NearEnd,
            _ => false,
        };
        if (began && !first)
            return new StepVerdict(to.Value, Held: false, Estimated: true, UsageFindingCodes.Reset, Said.Invariant(
                $"The register began again: {from.Value:0.###} to {to.Value:0.###}; {to.Value:0.###} counted, what was used before the reset is not known"));

        return Hold(from, to, to.Value - from.Value, "is neither a rollover nor a reset");
    }

    // What was counted when the register passed its end; one unit of its last digit
    // lies between its highest value and 0.
    double? Wrap(RegisterPoint from, RegisterPoint to, double registerMax)
    {
        if (double.IsNaN(registerMax)) return null;
        var modulus = Modulus(registerMax);
        var wrapped = modulus - from.Value + to.Value;
        if (wrapped < 0) return null;
        var believed = Fits(from, to, wrapped) switch
        {
            true => from.Value >= modulus / 2,
            null => from.Value >= modulus * (1 - NearEnd) && to.Value <= modulus * NearEnd,
            _ => false,
        };
        return believed ? wrapped : null;
    }

    /// <summary>
    /// The number of values a register has times its last digit: 999 999.99 shows 1 000 000.00 of them.
    /// </summary>
    internal static double Modulus(double registerMax) => registerMax + LastDigit(registerMax);

    // Whether the meter can count this much in this time; null where its capacity is not known throughout.
    bool? Fits(RegisterPoint from, RegisterPoint to, double registerUnits)
    {
        var length = (double)(to.At - from.At);
        double amount = 0, allowed = 0, rounding = 0;
        foreach (ref readonly var span in past.Spans)
        {
            var part = Math.Min(to.At, span.To) - Math.Max(from.At, span.From);
            if (part <= 0 || !span.Counts) continue;
            amount += registerUnits * (part / length) * span.Multiplier;
            // Two readings in quick succession may show what was used in the interval before them.
            allowed += span.CapacityPerMs * Math.Max(part, span.IntervalMs);
            rounding = Math.Max(rounding, span.Multiplier);
        }
        if (double.IsNaN(allowed)) return null;
        allowed *= options.PlausibilityMargin;
        return amount <= allowed || amount <= allowed + rounding * Math.Min(LastDigit(from.Value), LastDigit(to.Value));
    }

    static StepVerdict Hold(RegisterPoint from, RegisterPoint to, double difference, string why) =>
        new(0, Held: true, Estimated: false, UsageFindingCodes.Held, Said.Invariant(
            $"{from.Value:0.###} to {to.Value:0.###} ({difference:+0.###;-0.###}) within {Said.Length(to.At - from.At)} {why}: not counted, held for review"));

    // One unit of the last digit that is shown: 0.01 for 999 999.99, 1 for a register without decimals.
    static double LastDigit(double value)
    {
        if (Math.Abs(value) >= 1e15) return 1;
        return Math.Pow(10, -((decimal)value).Scale);
    }
}
