using EnergyWatch.Domain.Time;
using EnergyWatch.Simulator.Buildings;
using EnergyWatch.Simulator.County;

namespace EnergyWatch.Simulator.Metering;

/// <summary>The demo county in motion from an instant on: its buildings' flows and the meters that count them.</summary>
sealed class LiveCounty
{
    public LiveCounty(Instant from)
    {
        var sites = DemoCounty.Institutions;
        Totals = new Totals([.. sites.Select(site => new Building(site))], from, Faults.ReplacedAt);
        Instruments =
        [
            .. DemoCounty.Meters.Select(meter => new Instrument(meter, IndexOf(meter), Totals)),
        ];
        ByCode = Instruments.ToDictionary(instrument => instrument.Plan.Code);
    }

    public Totals Totals { get; }
    public IReadOnlyList<Instrument> Instruments { get; }
    public IReadOnlyDictionary<string, Instrument> ByCode { get; }

    public static int IndexOf(MeterPlan meter)
    {
        var sites = DemoCounty.Institutions;
        for (var index = 0; index < sites.Count; index++)
            if (ReferenceEquals(sites[index], meter.Institution)) return index;
        throw new InvalidOperationException($"{meter.Code} hangs on no institution of the county.");
    }
}
