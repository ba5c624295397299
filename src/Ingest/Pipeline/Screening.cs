using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// What the pipeline asks of every reading, whatever way it came. Pure. The rule behind the table: refuse only what
/// cannot be a reading at all, because a refusal stops a figure; keep with a doubt whatever a person may still want to
/// judge, because the ledger holds doubtful values by itself.
/// <list type="table">
/// <item><term>NOT_A_NUMBER</term><description>not finite, or beyond 10^15: no register counts so far, but two swapped
/// words do, and a sum over it would be lost.</description></item>
/// <item><term>TIME_TOO_OLD</term><description>before <see cref="PipelineOptions.Earliest"/>: a clock that was never
/// set.</description></item>
/// <item><term>TIME_IN_FUTURE</term><description>further ahead of our clock than the tolerated skew: it would hide
/// every true reading behind "latest".</description></item>
/// <item><term>UNKNOWN_METER</term><description>nothing is known of the meter on that local day, so no multiplier and
/// no institution.</description></item>
/// <item><term>UNKNOWN_QUANTITY</term><description>a number outside the vocabulary: a fault of a
/// decoder.</description></item>
/// <item><term>doubt ClockAhead</term><description>ahead of its arrival by more than a network clock drifts, within the
/// skew.</description></item>
/// <item><term>doubt Late</term><description>arrived more than a day after its instant.</description></item>
/// <item><term>doubt OutOfRange</term><description>see <see cref="PlausibleRange"/>.</description></item>
/// </list>
/// Negative zero becomes zero: it is the same register, and would differ as bytes.
/// </summary>
static class Screening
{
    public const double LargestMagnitude = 1e15;
    public static readonly TimeSpan OrdinaryDrift = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan LateAfter = TimeSpan.FromDays(1);

    /// <param name="facts">The facts of the meter on the reading's local day; null where none hold.</param>
    /// <param name="arrivedAt">When it came in; a replayed one came in long before <paramref name="now"/>.</param>
    public static Verdict Check(
        in Reading reading, MeterFacts? facts, Instant arrivedAt, Instant now, PipelineOptions options)
    {
        if (!Enum.IsDefined(reading.Series.Quantity))
            return Verdict.Refused(RefusalCodes.UnknownQuantity, "no such quantity");
        if (!double.IsFinite(reading.Value)) return Verdict.Refused(RefusalCodes.NotANumber, "the value is not finite");
        if (Math.Abs(reading.Value) > LargestMagnitude)
            return Verdict.Refused(RefusalCodes.NotANumber, "beyond 10^15: swapped words?");
        if (reading.At < Instant.From(options.Earliest))
            return Verdict.Refused(RefusalCodes.TimeTooOld, $"before {Instant.From(options.Earliest)}");
        if (reading.At > now + options.FutureTolerance)
            return Verdict.Refused(RefusalCodes.TimeInFuture, $"ahead of our clock, which shows {now}");
        if (facts is null)
            return Verdict.Refused(RefusalCodes.UnknownMeter, "nothing is known of the meter on that day");

        var doubt = reading.Doubt & ~(Doubt.Late | Doubt.ClockAhead | Doubt.OutOfRange);
        if (reading.At - arrivedAt > OrdinaryDrift) doubt |= Doubt.ClockAhead;
        if (arrivedAt - reading.At > LateAfter) doubt |= Doubt.Late;
        if (!PlausibleRange.Of(reading.Series.Quantity, facts).Contains(reading.Value)) doubt |= Doubt.OutOfRange;
        return new Verdict(reading with { Value = reading.Value + 0.0, Doubt = doubt }, null, "");
    }
}

/// <summary>The reading as it may be stored, or why it may not.</summary>
readonly record struct Verdict(Reading Reading, string? Code, string Reason)
{
    public static Verdict Refused(string code, string reason) => new(default, code, reason);
}
