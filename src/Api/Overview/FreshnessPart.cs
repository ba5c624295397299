using EnergyWatch.Api.Access;
using EnergyWatch.Api.Endpoints;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Overview;

/// <summary>Can the figures be trusted: which meters are heard from, and how many reported in each quarter of an hour of today.</summary>
sealed class FreshnessPart(ISeriesReader series, VisibleRegistry visible, ReportingCalendar calendar, SlotsCache cache, TimeProvider clock)
{
    static readonly TimeSpan Slot = TimeSpan.FromMinutes(15);
    const int SlotsADay = 96;

    public async Task<Freshness> OfAsync(
        string scope, IReadOnlyDictionary<MeterId, MeterSight> sights, int gatewaysOffline, Metric coverageToday, CancellationToken stop)
    {
        var states = sights.Values.CountBy(sight => sight.State).ToDictionary();
        var today = calendar.Day(visible.Today);
        var now = clock.Now();
        var slots = await cache.GetAsync(
            $"{scope} {visible.Caller.Scope.Text} {visible.Snapshot.Version} {(now - today.From) / Slot:0}", now, () => SlotsAsync(sights, today, now, stop));
        return new Freshness(
            sights.Count, Count(MeterState.Online), Count(MeterState.Late), Count(MeterState.Failing) + Count(MeterState.Offline),
            Count(MeterState.Never), gatewaysOffline, coverageToday, slots,
            sights.Values.Max(sight => sight.LastReadingAt));

        int Count(MeterState state) => states.GetValueOrDefault(state);
    }

    /// <summary>
    /// Share of the meters that report at least every quarter of an hour which did so in each slot; null for slots that are not over.
    /// </summary>
    async Task<IReadOnlyList<double?>> SlotsAsync(IReadOnlyDictionary<MeterId, MeterSight> sights, Period today, Instant now, CancellationToken stop)
    {
        var over = Math.Min((int)((now - today.From) / Slot), SlotsADay);
        var frequent = visible.Snapshot.Meters
            .Where(meter => sights.ContainsKey(meter.Id) && meter.Shown(visible.Today).IntervalS <= Slot.TotalSeconds).ToList();
        var heard = new int[SlotsADay];
        foreach (var meter in frequent)
        {
            if (sights[meter.Id].Latest is not [var any, ..] || sights[meter.Id].LastReadingAt < today.From) continue;
            var elapsed = new Period(today.From, now);
            foreach (var bucket in await series.BucketsAsync(any.Series, elapsed, Slot, stop))
                heard[Math.Min((int)((bucket.Start - today.From) / Slot), SlotsADay - 1)]++;
        }
        return [.. heard.Select((count, slot) => slot < over && frequent.Count > 0 ? (double)count / frequent.Count : (double?)null)];
    }
}
