using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Store.Sqlite.Ledger;

/// <summary>
/// Hour cells to day cells. An hour without a cell is unknown: it lowers the day's coverage and adds nothing.
/// </summary>
static class DayRollup
{
    const double Rounding = 1e-9;

    /// <summary>The cells in time order, coverage cut at 1 where sums of parts went past it by rounding.</summary>
    /// <exception cref="ArgumentException">when the period is not of whole days or a cell is not of this series, period
    /// or hour.</exception>
    public static IReadOnlyList<UsageCell> Checked(
        ReportingCalendar calendar, SeriesKey series, Period period, IReadOnlyList<UsageCell> hours)
    {
        if (!IsMidnight(calendar, period.From) || !IsMidnight(calendar, period.To))
            throw new ArgumentException(
                $"{period} does not begin and end on local midnights of {calendar.Zone.Id}.", nameof(period));
        var sorted = hours.OrderBy(cell => cell.Start).ToArray();
        for (var i = 0; i < sorted.Length; i++)
        {
            var cell = sorted[i];
            var sound = cell.Series == series && period.Contains(cell.Start)
                && calendar.HourOf(cell.Start) == cell.Start
                && (i == 0 || sorted[i - 1].Start < cell.Start)
                && double.IsFinite(cell.Amount) && cell.Coverage is > 0 and <= 1 + Rounding
                && cell.Estimated is >= 0 and <= 1 + Rounding;
            if (!sound)
                throw new ArgumentException(
                    $"{cell} is no hour cell of {series} in {period}, or there are two of it.", nameof(hours));
            sorted[i] = cell with { Coverage = Math.Min(1, cell.Coverage), Estimated = Math.Min(1, cell.Estimated) };
        }
        return sorted;
    }

    public static IReadOnlyList<UsageCell> Days(
        ReportingCalendar calendar, SeriesKey series, Period period, IReadOnlyList<UsageCell> hours)
    {
        var days = new List<UsageCell>();
        for (var next = 0; next < hours.Count;)
        {
            var day = calendar.Day(calendar.DayOf(hours[next].Start));
            double amount = 0, covered = 0, estimated = 0;
            for (; next < hours.Count && hours[next].Start < day.To; next++)
            {
                amount += hours[next].Amount;
                covered += hours[next].Coverage;
                estimated += hours[next].Estimated * hours[next].Coverage;
            }
            // 23 or 25 hours where the clocks change: the day's own length, never 24.
            days.Add(new UsageCell(
                series, day.From, amount, Math.Min(1, covered / day.Length.TotalHours),
                Math.Min(1, estimated / covered)));
        }
        return days;
    }

    static bool IsMidnight(ReportingCalendar calendar, Instant moment) =>
        calendar.Day(calendar.DayOf(moment)).From == moment;
}
