namespace EnergyWatch.Simulator.Sky;

/// <summary>Sun, clouds and air over the county at 24.5° N, as functions of local time alone.</summary>
/// <param name="Irradiance">On a nearly flat roof, in W/m².</param>
/// <param name="AirTemperature">In °C.</param>
readonly record struct Weather(double Irradiance, double AirTemperature)
{
    const double Latitude = 24.5 * Math.PI / 180;

    // The reporting zone's noon is that of 120° E; the county lies at about 109.6° E.
    const double SolarNoon = 12 + (120 - 109.6) / 15;

    static readonly ulong Days = Noise.Stream("sky/days"), Spells = Noise.Stream("sky/spells"), Clouds = Noise.Stream("sky/clouds"),
        Air = Noise.Stream("sky/air");

    /// <param name="day">Days since 1970 in local time.</param>
    /// <param name="hour">Local hour of the day, 0 to 24.</param>
    /// <param name="dayOfYear">From 1.</param>
    public static Weather At(long day, double hour, int dayOfYear)
    {
        var clearness = Clearness(day, dayOfYear);
        var season = Math.Cos(Turn(dayOfYear - 203));
        var swing = (2.2 + 3.6 * clearness) * Math.Cos((hour - 15) / 24 * 2 * Math.PI);
        var spell = (Noise.Smooth(Air, (day + hour / 24) / 3.0) - 0.5) * (8 - 3 * season);
        return new(ClearSky(dayOfYear, hour) * Through(day, hour, clearness), 20.4 + 8.2 * season + swing + spell);
    }

    // Wet, grey springs and clear autumns; spells of some days, and each day its own luck.
    static double Clearness(long day, int dayOfYear)
    {
        var luck = 0.55 * Noise.Smooth(Spells, day / 2.5) + 0.45 * Noise.Unit(Days, day);
        return Math.Clamp(0.515 + 0.12 * Math.Cos(Turn(dayOfYear - 265)) + (luck - 0.5) * 1.1, 0.1, 0.96);
    }

    static double Through(long day, double hour, double clearness)
    {
        var drift = Noise.Smooth(Clouds, (day * 24 + hour) * 1.5) - 0.5;
        return Math.Clamp(clearness + drift * 2.2 * Math.Min(clearness, 1 - clearness), 0.05, 1);
    }

    // Haurwitz' clear-sky irradiance 1098·cos z·exp(−0.057 / cos z), with Cooper's declination.
    static double ClearSky(int dayOfYear, double hour)
    {
        var declination = 23.45 * Math.PI / 180 * Math.Sin(Turn(dayOfYear + 284));
        var angle = (hour - SolarNoon) * Math.PI / 12;
        var height = Math.Sin(Latitude) * Math.Sin(declination) + Math.Cos(Latitude) * Math.Cos(declination) * Math.Cos(angle);
        return height <= 0.01 ? 0 : 1_098 * height * Math.Exp(-0.057 / height);
    }

    static double Turn(double days) => days / 365 * 2 * Math.PI;
}
