using EnergyWatch.Api.Access;
using EnergyWatch.Api.Problems;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary><c>GET /readings</c>: the readings of a series, or buckets with their extremes when there would be too many.</summary>
static class ReadingsApi
{
    const int DefaultPoints = 1000;
    const int MostPoints = 3000;

    public static void MapReadings(this IEndpointRouteBuilder api) =>
        api.MapGet("/readings", GetAsync).WithTags("readings").RequireAuthorization(Permissions.Read).Produces<RawAnswer>()
            .WithSummary("Readings of a series, or buckets with min, max, mean and gaps where there are more than maxPoints.");

    static async Task<IResult> GetAsync(
        string meter, string quantity, [AsParameters] AskedPeriod asked, int? maxPoints, VisibleRegistry visible,
        ISeriesReader series, ReportingCalendar calendar, TimeProvider clock, CancellationToken stop)
    {
        if (!Quantities.TryParse(quantity, out var known))
            return Problem.Bad($"quantity=\"{quantity}\" is not one of {string.Join(", ", Quantities.All.Select(info => info.Key))}.", RefusalCodes.UnknownQuantity);
        if (!asked.TryRead(calendar, clock.Now(), TimeSpan.FromDays(1), out var period, out var fault)) return Problem.Bad(fault);
        if (visible.Snapshot.Meter(meter) is not { } found) return visible.Refuse("meter", meter);

        var most = Math.Clamp(maxPoints ?? DefaultPoints, 1, MostPoints);
        var key = new SeriesKey(found.Id, known);
        var visibleIn = found.VisibleIn(period, calendar).ToList();
        if (await RawAsync(series, key, visibleIn, most, stop) is { } readings)
            return TypedResults.Ok(new RawAnswer(meter, quantity, known.Unit(), "raw", readings));
        var step = StepFor(period, most);
        // Buckets are cut from the start of the period; where only parts of it may be told, those of the other parts are left out.
        var buckets = (await series.BucketsAsync(key, period, step, stop))
            .Where(bucket => visibleIn.Exists(part => bucket.Start >= part.From && bucket.Start + step <= part.To || part == period));
        return TypedResults.Ok(BucketAnswer.Of(meter, known, period, step, [.. buckets]));
    }

    /// <summary>The readings, or null where there are more than <paramref name="most"/>.</summary>
    static async Task<List<RawReading>?> RawAsync(ISeriesReader series, SeriesKey key, List<Period> periods, int most, CancellationToken stop)
    {
        var readings = new List<RawReading>();
        foreach (var period in periods)
        {
            await foreach (var chunk in series.ReadAsync(key, period, stop))
            {
                if (readings.Count + chunk.Length > most) return null;
                foreach (var reading in chunk.Span) readings.Add(RawReading.Of(reading));
            }
        }
        return readings;
    }

    // Whole minutes, so that buckets begin where an officer expects them.
    static TimeSpan StepFor(Period period, int most) =>
        TimeSpan.FromMinutes(Math.Max(1, Math.Ceiling(period.Length.TotalMinutes / most)));

    sealed record RawAnswer(string Meter, string Quantity, string Unit, string Mode, IReadOnlyList<RawReading> Readings);

    sealed record RawReading(Instant T, double V, string Provenance, IReadOnlyList<string> Doubt)
    {
        public static RawReading Of(Reading reading) => new(
            reading.At, reading.Value, reading.Provenance.ToString().ToLowerInvariant(),
            [.. Enum.GetValues<Doubt>().Where(flag => flag != Domain.Readings.Doubt.None && reading.Doubt.HasFlag(flag)).Select(flag => flag.ToString())]);
    }

    sealed record BucketAnswer(
        string Meter, string Quantity, string Unit, string Mode, Instant Start, double StepSec, IReadOnlyList<double?> Min,
        IReadOnlyList<double?> Max, IReadOnlyList<double?> Mean, IReadOnlyList<int> Count, IReadOnlyList<string[]> Gaps)
    {
        public static BucketAnswer Of(string meter, Quantity quantity, Period period, TimeSpan step, IReadOnlyList<Bucket> buckets)
        {
            var steps = (int)Math.Ceiling(period.Length / step);
            var at = new Bucket?[steps];
            foreach (var bucket in buckets) at[(int)((bucket.Start - period.From) / step)] = bucket;
            return new BucketAnswer(
                meter, quantity.Key(), quantity.Unit(), "buckets", period.From, step.TotalSeconds, [.. at.Select(b => b?.Min)],
                [.. at.Select(b => b?.Max)], [.. at.Select(b => b?.Mean)], [.. at.Select(b => b?.Count ?? 0)], GapsOf(at, period, step));
        }

        static List<string[]> GapsOf(Bucket?[] at, Period period, TimeSpan step)
        {
            var gaps = new List<string[]>();
            for (var i = 0; i < at.Length; i++)
            {
                if (at[i] is not null) continue;
                var first = i;
                while (i + 1 < at.Length && at[i + 1] is null) i++;
                var end = period.From + step * (i + 1);
                gaps.Add([(period.From + step * first).ToString(), (end < period.To ? end : period.To).ToString(), MissingReason.NoData]);
            }
            return gaps;
        }
    }
}
