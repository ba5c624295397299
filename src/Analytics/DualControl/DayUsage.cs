using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.DualControl;

/// <summary>Day cells of some meters, found by series and local day.</summary>
public sealed class DayUsage
{
    readonly Dictionary<(SeriesKey Series, DateOnly Day), UsageCell> _cells = [];

    public DayUsage(IEnumerable<UsageCell> dayCells, ReportingCalendar calendar)
    {
        foreach (var cell in dayCells) _cells[(cell.Series, calendar.DayOf(cell.Start))] = cell;
    }

    public UsageCell? Of(SeriesKey series, DateOnly day) =>
        _cells.TryGetValue((series, day), out var cell) ? cell : null;

    /// <summary>
    /// The meter's usage on this day by the best series that has any: exactly one, so that energy is counted once.
    /// </summary>
    public UsageCell? Of(Meter meter, MeterRole role, DateOnly day)
    {
        foreach (var quantity in MeterRoles.UsageQuantities(meter.Carrier, role))
            if (Of(new SeriesKey(meter.Id, quantity), day) is { } cell) return cell;
        return null;
    }
}
