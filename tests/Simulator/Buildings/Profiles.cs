using EnergyWatch.Simulator.Calendar;
using EnergyWatch.Simulator.County;
using static EnergyWatch.Simulator.Buildings.Shape;

namespace EnergyWatch.Simulator.Buildings;

/// <summary>How each kind of institution lives through its days. The numbers are plausible shapes, not measurements.</summary>
static class Profiles
{
    /// <param name="boarding">Share of a school's students who live there.</param>
    public static Usage Of(BuildingUse use, double boarding, in Moment now) => use switch
    {
        BuildingUse.School => School(boarding, now),
        BuildingUse.Hospital => Hospital(now),
        BuildingUse.Township => Office(now, weekend: 0.3, standing: 0.13),
        _ => Office(now, weekend: 0.1, standing: 0.1),
    };

    static Usage Office(in Moment now, double weekend, double standing)
    {
        var share = now.Type.Kind switch { DayKind.Workday => 1, DayKind.Weekend => weekend, _ => weekend / 2 };
        var present = share * Window(now.Hour, 7.4, 8.8, 17.4, 19) * (1 - 0.35 * Window(now.Hour, 12, 12.6, 14.2, 14.8));
        var meals = share * Meals(now.Hour);
        return new(
            Cooling: Conditioning(now.Weather.AirTemperature, 24.5) * (present + 0.05),
            Lighting: 0.03 + present * (0.2 + 0.1 * now.Dark),
            Standing: standing,
            Kitchen: 0.12 * meals,
            Plugs: 0.03 + 0.3 * present,
            Water: 0.04 + present + 0.5 * meals,
            Gas: meals);
    }

    static Usage School(double boarding, in Moment now)
    {
        var taught = now.Type is { Kind: DayKind.Workday, Vacation: false };
        var share = taught ? 1 : now.Type.Vacation ? 0.06 : 0.06 + 0.3 * boarding;
        var day = Window(now.Hour, 6.8, 8, 16.8, 18) * (1 - 0.4 * Window(now.Hour, 11.8, 12.3, 13.8, 14.3));
        var evening = boarding * Window(now.Hour, 18, 19, 21.8, 22.8);
        var night = boarding * (Rise(now.Hour, 21.5, 22.5) + 1 - Rise(now.Hour, 5.5, 6.5));
        var present = share * Math.Max(day, evening);
        var meals = share * (0.3 + 0.7 * boarding) * Meals(now.Hour);
        var washing = share * boarding * (Window(now.Hour, 6, 6.5, 7.2, 7.8) + 1.6 * Window(now.Hour, 20.8, 21.5, 22.4, 23));
        return new(
            Cooling: Conditioning(now.Weather.AirTemperature, 26) * (0.7 * present + 0.3 * share * night),
            Lighting: 0.03 + present * (0.22 + 0.14 * now.Dark) + 0.03 * night * share,
            Standing: 0.05,
            Kitchen: 0.1 * meals,
            Plugs: 0.02 + 0.2 * present + 0.1 * share * night,
            Water: 0.03 + 0.7 * present + 1.2 * washing + 0.6 * meals,
            Gas: meals);
    }

    static Usage Hospital(in Moment now)
    {
        var share = now.Type.Kind switch { DayKind.Workday => 1, DayKind.Weekend => 0.72, _ => 0.6 };
        var present = 0.3 + 0.7 * share * Window(now.Hour, 7, 8.8, 17.2, 20);
        return new(
            Cooling: Conditioning(now.Weather.AirTemperature, 22.5) * (0.35 + 0.65 * present),
            Lighting: 0.1 + 0.16 * present + 0.05 * now.Dark,
            Standing: 0.22,
            Kitchen: 0.08 * Meals(now.Hour),
            Plugs: 0.06 + 0.36 * present,
            Water: 0.15 + present + 0.3 * Meals(now.Hour),
            // Steam and hot water run all day, more of it in winter.
            Gas: 0.35 + 0.5 * present * (1 + Math.Clamp((16 - now.Weather.AirTemperature) / 12, 0, 1)) + 0.3 * Meals(now.Hour));
    }
}
