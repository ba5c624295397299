using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// From the readings of a counter to what was used in each local hour. Pure: the same readings, facts and window give
/// the same cells, bit
/// for bit, and a window with its context gives what the whole series gives for those days.
/// <para>The difference of two good readings is authoritative and counted once, spread evenly over the time between
/// them. Before the
/// first and after the last good reading nothing is known, and there is no cell.</para>
/// <para>Context: the readings before the window must reach back to a good one at or before its start, and from there
/// at least
/// <see cref="ContextSpan"/> and <see cref="ContextReadings"/> further (or to the first reading there is); after it
/// likewise.</para>
/// </summary>
public static class CounterSteps
{
    /// <summary>How far the context reaches beyond the good reading next to the window: three episodes.</summary>
    public static TimeSpan ContextSpan { get; } = Episodes.Span * 3;

    /// <summary>How many readings it reaches at least: three episodes of a series that is rarely read.</summary>
    public const int ContextReadings = Episodes.Readings * 3;

    /// <summary>
    /// A register that showed the same value for so long, in at least <see cref="StuckReadings"/> readings, is called
    /// stuck.
    /// </summary>
    public static TimeSpan StuckAfter { get; } = TimeSpan.FromHours(48);

    const int StuckReadings = 12;

    /// <param name="readings">Of one counter series, in time order, one per instant.</param>
    /// <param name="window">Whole local days.</param>
    /// <exception cref="ArgumentException">when readings are out of order or the window does not begin on a local
    /// midnight.</exception>
    public static UsageOfSeries Compute(
        SeriesKey series, ReadOnlySpan<Reading> readings, Meter meter, ReportingCalendar calendar, Period window,
        UsageOptions options)
    {
        var past = new MeterPast(meter, calendar);
        var grid = new HourGrid(window, calendar, past);
        var decisions = new List<Decision>();
        var registers = Registers.Split(readings, past, decisions);
        var judge = new StepJudge(past, calendar, options);
        foreach (var register in registers)
            Walk(Episodes.Remove(register, decisions), judge, grid, window, decisions);
        // A house that uses all that its roof makes exports nothing for weeks: that register may rest.
        if (series.Quantity == Quantity.EnergyExport)
            decisions.RemoveAll(decision => decision.Code == UsageFindingCodes.Stuck);
        return new UsageOfSeries(grid.Cells(series), Findings(series, window, decisions));
    }

    /// <summary>Whether a reading can be a register's state at all, by itself: what cannot is passed over.</summary>
    public static bool IsUsable(in Reading reading, double? registerMax) =>
        (reading.Doubt & Doubt.OutOfRange) == 0 && reading.Value is >= 0 and < Unreadable && !(reading.Value > registerMax);

    /// <summary>From here on a double no longer tells one unit from the next: no register shows that.</summary>
    internal const double Unreadable = 9e15;

    static void Walk(
        List<RegisterPoint> points, StepJudge judge, HourGrid grid, Period window, List<Decision> decisions)
    {
        var stuck = new StuckWatch(StuckAfter, StuckReadings);
        for (var i = 1; i < points.Count; i++)
        {
            var (from, to) = (points[i - 1], points[i]);
            var step = judge.Judge(from, to, first: i == 1);
            if (step.Code is not null) decisions.Add(new Decision(to.At, step.Code, step.Detail!));
            if (!step.Held) grid.Pour(from.At, to.At, step.RegisterUnits, step.Estimated);
            if (!step.Held && window.Contains(new Instant(from.At)) && judge.IsGap(from, to))
                decisions.Add(Gap(from, to));
            if (stuck.Says(from, to) is { } said) decisions.Add(said);
        }
    }

    static Decision Gap(RegisterPoint from, RegisterPoint to) => new(from.At, UsageFindingCodes.Gap, Said.Invariant(
        $"No good reading for {Said.Length(to.At - from.At)}: {from.Value:0.###} to {to.Value:0.###} counted in full, spread evenly"));

    static List<UsageFinding> Findings(SeriesKey series, Period window, List<Decision> decisions) =>
    [
        .. decisions
            .Where(decision => window.Contains(new Instant(decision.At)))
            .OrderBy(decision => decision.At).ThenBy(decision => decision.Code, StringComparer.Ordinal)
            .Select(decision => new UsageFinding(series, new Instant(decision.At), decision.Code, decision.Detail)),
    ];
}
