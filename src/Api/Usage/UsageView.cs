using EnergyWatch.Analytics.DualControl;
using EnergyWatch.Domain.Ledger;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Usage;

/// <summary>Reads usage cells for calendar steps: hour cells for hours, day cells for anything coarser.</summary>
sealed class UsageView(IUsageLedger ledger, ReportingCalendar calendar, TimeProvider clock)
{
    // Charging of vehicles is part of what was used here; calibers that take it out do so in their indicators.
    static readonly UsePart[] Parts = [UsePart.Purchased, UsePart.PvGeneration, UsePart.PvExport];

    public async Task<IReadOnlyList<UsageStep>> OfMeterAsync(Meter meter, IReadOnlyList<Period> steps, Grain grain, CancellationToken stop)
    {
        var cells = await CellsAsync([meter.Id], steps, grain, stop);
        return UsageSteps.Of(meter, cells, CellGrain(grain), steps, calendar, clock.Now());
    }

    public async Task<IReadOnlyList<UsageStep>> OfInstitutionsAsync(
        RegistrySnapshot registry, IReadOnlyCollection<string> institutions, Carrier carrier, IReadOnlyList<Period> steps, Grain grain, CancellationToken stop)
    {
        var meters = institutions.SelectMany(code => InstitutionFigures.MetersOf(registry, code)).Distinct()
            .Where(id => registry.Meter(id)?.Carrier == carrier).ToList();
        var cells = await CellsAsync(meters, steps, grain, stop);
        return UsageSteps.Of(registry, institutions, carrier, Parts, cells, CellGrain(grain), steps, calendar, clock.Now());
    }

    static Grain CellGrain(Grain grain) => grain == Grain.Hour ? Grain.Hour : Grain.Day;

    async Task<IReadOnlyList<UsageCell>> CellsAsync(IReadOnlyCollection<MeterId> meters, IReadOnlyList<Period> steps, Grain grain, CancellationToken stop)
    {
        var whole = new Period(steps[0].From, steps[^1].To);
        return grain == Grain.Hour ? await ledger.HoursAsync(meters, whole, stop) : await ledger.DaysAsync(meters, whole, stop);
    }
}
