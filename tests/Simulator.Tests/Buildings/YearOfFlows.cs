using EnergyWatch.Simulator.Buildings;
using EnergyWatch.Simulator.County;

namespace EnergyWatch.Simulator.Tests.Buildings;

/// <summary>Every step of 2025, computed once: sums and peaks per institution and channel.</summary>
public sealed class YearOfFlows
{
    public YearOfFlows()
    {
        var buildings = DemoCounty.Institutions.Select(site => new Building(site)).ToArray();
        Span<double> flows = stackalloc double[Building.Channels];
        var end = Moment.StepOf(Moment.StartOf(new DateOnly(2026, 1, 1)));
        for (var step = Moment.StepOf(Moment.StartOf(new DateOnly(2025, 1, 1))); step < end; step++)
        {
            var now = Moment.At(step);
            for (var index = 0; index < buildings.Length; index++)
            {
                buildings[index].Flows(now, flows);
                for (var channel = 0; channel < flows.Length; channel++)
                {
                    _sums[index, channel] += flows[channel] / Moment.StepsPerHour;
                    _peaks[index, channel] = Math.Max(_peaks[index, channel], flows[channel]);
                }
            }
        }
    }

    readonly double[,] _sums = new double[DemoCounty.Institutions.Count, Building.Channels];
    readonly double[,] _peaks = new double[DemoCounty.Institutions.Count, Building.Channels];

    internal double Sum(InstitutionPlan site, Channel channel) => _sums[IndexOf(site), (int)channel];
    internal double Peak(InstitutionPlan site, Channel channel) => _peaks[IndexOf(site), (int)channel];

    static int IndexOf(InstitutionPlan site) => DemoCounty.Institutions.ToList().IndexOf(site);
}
