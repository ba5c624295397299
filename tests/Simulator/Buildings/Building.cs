using EnergyWatch.Simulator.Calendar;
using EnergyWatch.Simulator.County;
using EnergyWatch.Simulator.Sky;

namespace EnergyWatch.Simulator.Buildings;

/// <summary>An institution as physics: at every moment, what flows through it. No state.</summary>
sealed class Building
{
    public const int Channels = (int)Channel.Sun + 1;

    readonly InstitutionPlan _plan;
    readonly double _boarding, _kw, _water, _gas, _roof;
    readonly ulong _days, _steps, _clouds, _cars;

    public Building(InstitutionPlan plan)
    {
        _plan = plan;
        (_days, _steps, _clouds, _cars) = (Named("days"), Named("steps"), Named("clouds"), Named("cars"));
        _roof = 0.965 + 0.06 * Noise.Unit(Named("roof"), 0);
        _boarding = Boarding(plan);
        (_kw, _water, _gas) = Scale();
        ulong Named(string what) => Noise.Stream($"{plan.Code}/{what}");
    }

    /// <summary>All flows of this step, by channel: kW, m³/h, and W/m² of sun.</summary>
    public void Flows(in Moment now, Span<double> flows)
    {
        var usage = Profiles.Of(_plan.Use, _boarding, now);
        var size = Growth(now) * (0.95 + 0.1 * Noise.Unit(_days, now.Day.DayNumber)) * (0.97 + 0.06 * Noise.Unit(_steps, now.Step));
        var kw = _kw * size;
        flows[(int)Channel.Cooling] = usage.Cooling * kw;
        flows[(int)Channel.Lighting] = usage.Lighting * kw;
        flows[(int)Channel.Standing] = usage.Standing * kw;
        flows[(int)Channel.Kitchen] = usage.Kitchen * kw;
        flows[(int)Channel.Plugs] = usage.Plugs * kw;
        var charging = flows[(int)Channel.Charging] = _plan.Code == "JG-01" ? Charging(now) : 0;
        var load = flows[(int)Channel.Load] = usage.Electric * kw + charging;
        var sun = flows[(int)Channel.Sun] = now.Weather.Irradiance * (0.97 + 0.06 * Noise.Smooth(_clouds, now.Step / 2.0));
        var generation = flows[(int)Channel.Generation] = Generation(sun, now.Weather.AirTemperature);
        flows[(int)Channel.Import] = Math.Max(0, load - generation);
        flows[(int)Channel.Export] = Math.Max(0, generation - load);
        var never = _plan.Demand.NightWater;
        flows[(int)Channel.Water] = _plan.Demand.WaterM3 / 8_760 * ((1 - never) * usage.Water * _water * size + never);
        flows[(int)Channel.Gas] = usage.Gas * _gas * size;
    }

    /// <summary>Temperature of the modules under this sun, in °C.</summary>
    public static double ModuleTemperature(double sun, double air) => air + 0.028 * sun;

    // 0.86 stands for wiring, mismatch, soiling and the inverters; heat takes its share, and the inverters' rating cuts the top off.
    double Generation(double sun, double air) =>
        _plan.Pv is not { } pv ? 0
        : Math.Min(pv.AcKw, pv.Kwp * sun / 1_000 * 0.86 * _roof * (1 - 0.0036 * (ModuleTemperature(sun, air) - 25)));

    // Two connectors of 60 kW; a session holds one for half an hour.
    double Charging(in Moment now)
    {
        var busy = now.Hour is > 8 and < 19 ? now.Type.Kind == DayKind.Workday ? 0.3 : 0.08 : 0.02;
        var slot = now.Step / 3 * 2;
        return (Noise.Unit(_cars, slot) < busy ? 54 : 0) + (Noise.Unit(_cars, slot + 1) < busy ? 54 : 0);
    }

    double Growth(in Moment now) =>
        _plan.Size(now.Day) * Math.Pow(1 + _plan.Demand.TrendPercent / 100, now.YearsSince2025);

    // The plan names the totals of 2025; the shapes are scaled once so that they come out. Every fifth step meets every time of the
    // day alike, since 5 does not divide the 144 steps of a day.
    (double Kw, double Water, double Gas) Scale()
    {
        double electric = 0, water = 0, gas = 0;
        var end = Moment.StepOf(Moment.StartOf(new DateOnly(2026, 1, 1)));
        const int stride = 5;
        for (var step = Moment.StepOf(Moment.StartOf(new DateOnly(2025, 1, 1))); step < end; step += stride)
        {
            var now = Moment.At(step);
            var usage = Profiles.Of(_plan.Use, _boarding, now);
            var growth = Growth(now);
            electric += usage.Electric * growth;
            water += usage.Water * growth;
            gas += usage.Gas * growth;
        }
        const double hours = (double)stride / Moment.StepsPerHour;
        return (_plan.Demand.Kwh / electric / hours, 8_760 / water / hours, gas > 0 ? _plan.Demand.GasM3 / gas / hours : 0);
    }

    static double Boarding(InstitutionPlan plan)
    {
        double Of(string category) => plan.Heads.FirstOrDefault(heads => heads.Category == category)?.Count ?? 0;
        var (day, boarding) = (Of("students_day"), Of("students_boarding"));
        return boarding == 0 ? 0 : boarding / (day + boarding);
    }
}
