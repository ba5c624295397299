using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// The local hours of a window of whole local days, into which steps are poured in time order. Each part takes the
/// multiplier of its moment, so a step over a day border is split there.
/// </summary>
sealed class HourGrid
{
    const long HourMs = 3_600_000;

    readonly long[] _edges;
    readonly MeterPast _past;
    readonly double[] _amounts;
    readonly long[] _covered;
    readonly long[] _estimated;
    int _hour;

    public HourGrid(Period window, ReportingCalendar calendar, MeterPast past)
    {
        var edges = new List<long>();
        for (var day = calendar.DayOf(window.From); ; day = day.AddDays(1))
        {
            var local = calendar.Day(day);
            if (local.From >= window.To) break;
            // Where the zone shifts by less than an hour, the last hour of the day is cut at midnight.
            for (var at = local.From.UnixMilliseconds; at < local.To.UnixMilliseconds; at += HourMs) edges.Add(at);
        }
        edges.Add(window.To.UnixMilliseconds);
        if (edges[0] != window.From.UnixMilliseconds)
            throw new ArgumentException($"{window} does not begin on a local midnight.", nameof(window));

        _edges = [.. edges];
        var hours = _edges.Length - 1;
        _past = past;
        _amounts = new double[hours];
        _covered = new long[hours];
        _estimated = new long[hours];
    }

    /// <summary>
    /// Spreads a register difference evenly over <c>[from, to)</c>; the part outside the window falls off.
    /// </summary>
    public void Pour(long from, long to, double registerUnits, bool estimated)
    {
        var length = (double)(to - from);
        var start = Math.Max(from, _edges[0]);
        var end = Math.Min(to, _edges[^1]);
        if (start >= end) return;
        while (_hour > 0 && _edges[_hour] > start) _hour--;
        while (_edges[_hour + 1] <= start) _hour++;
        for (var hour = _hour; hour < _amounts.Length && _edges[hour] < end; hour++)
        {
            var until = Math.Min(end, _edges[hour + 1]);
            for (var at = Math.Max(start, _edges[hour]); at < until;)
            {
                ref readonly var span = ref _past.At(at);
                var part = Math.Min(until, span.To) - at;
                at += part;
                if (!span.Counts) continue;
                _amounts[hour] += registerUnits * (part / length) * span.Multiplier;
                _covered[hour] += part;
                if (estimated) _estimated[hour] += part;
            }
        }
    }

    /// <summary>The hours that anything is known of.</summary>
    public List<UsageCell> Cells(SeriesKey series)
    {
        var cells = new List<UsageCell>(_amounts.Length);
        for (var i = 0; i < _amounts.Length; i++)
        {
            if (_covered[i] == 0) continue;
            var coverage = Math.Min(1, _covered[i] / (double)(_edges[i + 1] - _edges[i]));
            var estimated = _estimated[i] / (double)_covered[i];
            cells.Add(new UsageCell(series, new Instant(_edges[i]), _amounts[i], coverage, estimated));
        }
        return cells;
    }
}
