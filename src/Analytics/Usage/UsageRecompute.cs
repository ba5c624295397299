using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// The job that brings the usage ledger up to date with what was written: takes the open marks, recomputes the marked
/// days meter by
/// meter, strikes the marks out. Doing it again changes nothing; two of them at once do no harm.
/// <para>A meter that fails is logged and keeps its marks; the others go on. A <see cref="SeriesStoreException"/> ends
/// the run.</para>
/// </summary>
public sealed class UsageRecompute(
    IRegistry registry, IWorkLedger work, MeterUsage usage, TimeProvider clock, ILogger<UsageRecompute> log)
        : IDisposable
{
    const int MarksAtOnce = 200_000;

    readonly SemaphoreSlim _one = new(1);

    /// <summary>
    /// One round over everything that is marked now. A fault that ends it early is in the answer, beside what was touched before:
    /// the caller brings the indicators of that up to date and then reports the fault.
    /// </summary>
    public async Task<UsageRun> RunAsync(CancellationToken stop)
    {
        await _one.WaitAsync(stop);
        try
        {
            var started = clock.GetTimestamp();
            var run = new UsageRun();
            try
            {
                await AllAsync(run, stop);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                run.Fault = fault;
            }
            run.Elapsed = clock.GetElapsedTime(started);
            UsageMetrics.Add(run);
            if (run.Marks > 0) Log.Recomputed(
                log, run.Marks, run.Settled, run.Windows, run.Cells, run.Elapsed.TotalSeconds);
            return run;
        }
        finally
        {
            _one.Release();
        }
    }

    async Task AllAsync(UsageRun run, CancellationToken stop)
    {
        var seen = new HashSet<WorkMark>();
        while (true)
        {
            var open = await work.OpenAsync(MarksAtOnce, stop);
            var fresh = open.Where(mark => !run.Again.Contains(mark.Day.Meter) && seen.Add(mark))
                .GroupBy(mark => mark.Day.Meter).ToList();
            if (fresh.Count == 0) return;
            foreach (var marks in fresh) await MeterAsync(marks.Key, [.. marks], run, stop);
        }
    }

    async Task MeterAsync(MeterId id, List<WorkMark> marks, UsageRun run, CancellationToken stop)
    {
        run.Marks += marks.Count;
        if (registry.Current.Meter(id) is not { } meter)
        {
            // Another process added it a moment ago, or the registry is older than the readings: its turn comes.
            run.Failed++;
            Log.UnknownMeter(log, id.Value);
            return;
        }
        // Only what was durable at the first look is certain to be in the cells: a mark is rested at that moment or not
        // at all, however long the rest of the meter takes.
        var looked = clock.Now();
        var began = clock.GetTimestamp();
        try
        {
            var slowest = TimeSpan.Zero;
            foreach (var (first, end) in Stretches(marks))
            {
                var replaced = await usage.RecomputeAsync(meter, first, end, stop);
                run.Windows += replaced.Windows;
                run.Cells += replaced.Cells;
                run.Add(new TouchedDays(id, replaced.First, replaced.End));
                if (replaced.Slowest > slowest) slowest = replaced.Slowest;
            }
            if (IsSlow(slowest)) await MarkAgainAsync(marks, run, stop);
            else run.Settled += await work.SettleAsync(marks, looked, stop);
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or SeriesStoreException))
        {
            run.Failed++;
            Log.MeterFailed(log, fault, meter.Code);
            if (IsSlow(clock.GetElapsedTime(began))) await MarkAgainAsync(marks, run, stop);
        }
    }

    // A slow run may have put back what a quicker one had already corrected, after that one struck the mark out: then
    // it marks again.
    static bool IsSlow(TimeSpan elapsed) => elapsed > IWorkLedger.Rest / 2;

    ValueTask MarkAgainAsync(List<WorkMark> marks, UsageRun run, CancellationToken stop)
    {
        run.Again.Add(marks[0].Day.Meter);
        return work.MarkAsync([.. marks.Select(mark => mark.Day)], stop);
    }

    public void Dispose() => _one.Dispose();

    // Neighbouring days together; a day apart costs less to recompute than to look at twice.
    static IEnumerable<(DateOnly First, DateOnly End)> Stretches(IEnumerable<WorkMark> marks)
    {
        var days = marks.Select(mark => mark.Day.Day).Distinct().Order().ToList();
        var first = days[0];
        for (var i = 1; i <= days.Count; i++)
        {
            if (i < days.Count && days[i] <= days[i - 1].AddDays(2)) continue;
            yield return (first, days[i - 1].AddDays(1));
            if (i < days.Count) first = days[i];
        }
    }
}

/// <summary>
/// Local days of a meter whose usage was recomputed, from <c>First</c> up to, not including, <c>End</c>.
/// </summary>
public readonly record struct TouchedDays(MeterId Meter, DateOnly First, DateOnly End);

/// <summary>What one round of <see cref="UsageRecompute"/> did.</summary>
public sealed class UsageRun
{
    readonly List<TouchedDays> _touched = [];

    /// <summary>Marks that were worked on; those not yet rested stay open and come again.</summary>
    public int Marks { get; internal set; }
    public int Settled { get; internal set; }
    public int Windows { get; internal set; }
    public long Cells { get; internal set; }

    /// <summary>Meters that could not be computed; their marks stay open.</summary>
    public int Failed { get; internal set; }
    public TimeSpan Elapsed { get; internal set; }

    /// <summary>What ended the round before all marks had their turn, a store that does not answer; null where nothing did.</summary>
    public Exception? Fault { get; internal set; }

    /// <summary>What the indicators have to look at again.</summary>
    public IReadOnlyList<TouchedDays> Touched => _touched;

    /// <summary>Meters that were marked again: their turn comes in the next round, or this one would not end.</summary>
    internal HashSet<MeterId> Again { get; } = [];

    internal void Add(TouchedDays touched) => _touched.Add(touched);
}
