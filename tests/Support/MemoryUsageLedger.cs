using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Support;

/// <summary>The usage ledger in its plainest form. It counts the cells that really changed.</summary>
public sealed class MemoryUsageLedger(ReportingCalendar calendar) : IUsageLedger
{
    readonly Lock _lock = new();
    readonly Dictionary<SeriesKey, SortedDictionary<long, UsageCell>> _hours = [];
    readonly Dictionary<SeriesKey, List<UsageFinding>> _findings = [];

    public int Changes { get; private set; }
    public IReadOnlyList<UsageCell> All { get { lock (_lock) return [.. Ordered(_hours.Keys, new Period(new(long.MinValue), new(long.MaxValue)))]; } }

    public ValueTask ReplaceAsync(
        SeriesKey series, Period period, IReadOnlyList<UsageCell> hours, IReadOnlyList<UsageFinding> findings, CancellationToken stop)
    {
        lock (_lock)
        {
            if (!_hours.TryGetValue(series, out var cells)) _hours[series] = cells = [];
            var starts = hours.Select(cell => cell.Start.UnixMilliseconds).ToHashSet();
            foreach (var gone in cells.Keys.Where(at => period.Contains(new Instant(at)) && !starts.Contains(at)).ToList())
            {
                cells.Remove(gone);
                Changes++;
            }
            foreach (var cell in hours)
            {
                if (!period.Contains(cell.Start)) throw new ArgumentException($"{cell.Start} is outside {period}.", nameof(hours));
                var known = cells.GetValueOrDefault(cell.Start.UnixMilliseconds);
                if (known.Version > 0 && known with { Version = 0 } == cell) continue;
                cells[cell.Start.UnixMilliseconds] = cell with { Version = known.Version + 1 };
                Changes++;
            }
            if (!_findings.TryGetValue(series, out var found)) _findings[series] = found = [];
            found.RemoveAll(finding => period.Contains(finding.At));
            found.AddRange(findings);
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<UsageCell>> HoursAsync(IReadOnlyCollection<MeterId> meters, Period period, CancellationToken stop)
    {
        lock (_lock) return ValueTask.FromResult<IReadOnlyList<UsageCell>>([.. Ordered(meters, period)]);
    }

    public ValueTask<IReadOnlyList<UsageCell>> DaysAsync(IReadOnlyCollection<MeterId> meters, Period period, CancellationToken stop)
    {
        lock (_lock)
        {
            var hours = Ordered(meters, new Period(period.From, period.To + TimeSpan.FromDays(1)));
            return ValueTask.FromResult<IReadOnlyList<UsageCell>>([.. hours
                .GroupBy(cell => (cell.Series, Day: calendar.DayOf(cell.Start)))
                .Select(day => Rolled(day.Key.Series, calendar.Day(day.Key.Day), [.. day]))
                .Where(day => period.Contains(day.Start))]);
        }
    }

    public ValueTask<IReadOnlyList<UsageFinding>> FindingsAsync(
        IReadOnlyCollection<MeterId> meters, Period period, CancellationToken stop)
    {
        lock (_lock)
            return ValueTask.FromResult<IReadOnlyList<UsageFinding>>([.. _findings
                .Where(entry => meters.Contains(entry.Key.Meter)).SelectMany(entry => entry.Value)
                .Where(finding => period.Contains(finding.At)).OrderBy(finding => finding.At)]);
    }

    IEnumerable<UsageCell> Ordered(IReadOnlyCollection<MeterId> meters, Period period) =>
        Ordered(_hours.Keys.Where(key => meters.Contains(key.Meter)), period);

    IEnumerable<UsageCell> Ordered(IEnumerable<SeriesKey> keys, Period period) => keys
        .OrderBy(key => key.Meter.Value).ThenBy(key => key.Quantity)
        .SelectMany(key => _hours[key].Values.Where(cell => period.Contains(cell.Start)));

    static UsageCell Rolled(SeriesKey series, Period day, IReadOnlyList<UsageCell> hours)
    {
        var covered = hours.Sum(cell => cell.Coverage);
        return new UsageCell(
            series, day.From, hours.Sum(cell => cell.Amount), covered / day.Length.TotalHours,
            hours.Sum(cell => cell.Coverage * cell.Estimated) / covered, hours.Max(cell => cell.Version));
    }
}
