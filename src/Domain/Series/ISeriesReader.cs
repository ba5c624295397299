using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Series;

/// <summary>
/// The read half of the time-series port. Periods are half-open <c>[From, To)</c>. Values are as stored: canonical unit, no multiplier.
/// It throws <see cref="SeriesStoreException"/> when the store cannot answer; callers decide whether to ask again.
/// </summary>
public interface ISeriesReader
{
    /// <summary>Every reading of the period in time order, in chunks. A chunk's memory is valid until the next one is asked for.</summary>
    IAsyncEnumerable<ReadOnlyMemory<Reading>> ReadAsync(SeriesKey series, Period period, CancellationToken stop);

    /// <summary>
    /// Equal steps from <c>period.From</c>, in time order. A step without readings has no bucket: absent is unknown, never zero.
    /// The last step is cut at <c>period.To</c>.
    /// </summary>
    ValueTask<IReadOnlyList<Bucket>> BucketsAsync(SeriesKey series, Period period, TimeSpan step, CancellationToken stop);

    /// <summary>The latest reading at or before the instant, however old; null where there is none.</summary>
    ValueTask<Reading?> AtOrBeforeAsync(SeriesKey series, Instant at, CancellationToken stop);

    /// <summary>The earliest reading at or after the instant; null where there is none.</summary>
    ValueTask<Reading?> AtOrAfterAsync(SeriesKey series, Instant at, CancellationToken stop);

    /// <summary>The latest reading of every series of these meters, with no look-back limit; series without readings are absent.</summary>
    ValueTask<IReadOnlyList<Reading>> LatestAsync(IReadOnlyCollection<MeterId> meters, CancellationToken stop);

    /// <summary>The quantities of this meter for which any reading exists.</summary>
    ValueTask<IReadOnlyList<Quantity>> QuantitiesAsync(MeterId meter, CancellationToken stop);
}

/// <summary>One step of a series: extremes, mean, first and last of the readings in <c>[Start, Start + step)</c>, and how many.</summary>
public readonly record struct Bucket(Instant Start, int Count, double Min, double Max, double Mean, double First, double Last);
