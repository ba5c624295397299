using EnergyWatch.Analytics.Usage;
using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Time;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>
/// The job that brings the stored indicators up to date with the usage ledger, under the default caliber: every month
/// and year in which
/// usage changed, the current ones always (their elapsed part grows), and the totals of the days that changed. Doing
/// it again changes nothing.
/// </summary>
public sealed class IndicatorRecompute(
    CountyFigures county, IIndicatorStore store, IndicatorClock clock, ILogger<IndicatorRecompute> log) : IDisposable
{
    static readonly Grain[] Grains = [Grain.Day, Grain.Month, Grain.Year];

    readonly SemaphoreSlim _one = new(1);

    // Days whose indicators are still to be brought up to date; they stay when a run fails.
    readonly HashSet<DateOnly> _pending = [];

    /// <summary>
    /// After <see cref="UsageRecompute"/>, with what it touched. What a failed run left over is done with the next one.
    /// </summary>
    public Task<IndicatorRun> RunAsync(IReadOnlyList<TouchedDays> touched, CancellationToken stop) =>
        RunAsync(touched.SelectMany(days => Days(days.First, days.End)), stop);

    /// <summary>
    /// Every period from the first day to today anew: at start-up, daily, after another caliber or a change of the
    /// registry.
    /// </summary>
    public Task<IndicatorRun> RunAllAsync(DateOnly first, CancellationToken stop) =>
        RunAsync(Days(first, clock.Calendar.DayOf(clock.AsOf()).AddDays(1)), stop);

    public void Dispose() => _one.Dispose();

    async Task<IndicatorRun> RunAsync(IEnumerable<DateOnly> days, CancellationToken stop)
    {
        await _one.WaitAsync(stop);
        try
        {
            var started = clock.Time.GetTimestamp();
            var asOf = clock.AsOf();
            _pending.UnionWith(days);
            _pending.Add(clock.Calendar.DayOf(asOf));
            var (periods, values) = (0, 0L);
            // Year by year, so that the days of one year are what is held of an institution.
            foreach (var year in _pending.GroupBy(day => day.Year).OrderBy(group => group.Key))
            {
                List<Evaluation> evaluations =
                    [.. Periods(year, asOf).Select(period => county.Evaluation(period, asOf))];
                values += await SaveAsync(evaluations, stop);
                periods += evaluations.Count;
            }
            _pending.Clear();
            var run = new IndicatorRun(periods, values, clock.Time.GetElapsedTime(started));
            Log.Recomputed(log, run.Periods, run.Values, run.Elapsed.TotalSeconds);
            return run;
        }
        finally
        {
            _one.Release();
        }
    }

    async Task<long> SaveAsync(List<Evaluation> evaluations, CancellationToken stop)
    {
        if (evaluations.Count == 0) return 0;
        long saved = 0;
        foreach (var (evaluation, members) in evaluations.Zip(await county.ReadAsync(evaluations, null, stop)))
        {
            var keys = evaluation.Period.Grain == Grain.Day ? DualControlIndicators.TotalKeys : null;
            var values = DualControlIndicators.EvaluateAll(evaluation, members, keys);
            await store.SaveAsync(values, stop);
            saved += values.Count;
        }
        return saved;
    }

    // Of those that have begun: a period without an elapsed part has nothing to say yet.
    IEnumerable<NamedPeriod> Periods(IEnumerable<DateOnly> days, Instant asOf) => days
        .SelectMany(day => Grains.Select(grain => clock.Calendar.Named(day, grain)))
        .Where(period => period.Period.From < asOf)
        .DistinctBy(period => period.Name).OrderBy(period => period.Name, StringComparer.Ordinal);

    static IEnumerable<DateOnly> Days(DateOnly first, DateOnly end)
    {
        for (var day = first; day < end; day = day.AddDays(1)) yield return day;
    }
}

/// <summary>What one round of <see cref="IndicatorRecompute"/> did.</summary>
public sealed record IndicatorRun(int Periods, long Values, TimeSpan Elapsed);
