namespace EnergyWatch.Simulator.Buildings;

/// <summary>How strongly the parts of a building run, relative to each other; a building scales them to its own year.</summary>
readonly record struct Usage(
    double Cooling, double Lighting, double Standing, double Kitchen, double Plugs, double Water, double Gas)
{
    public double Electric => Cooling + Lighting + Standing + Kitchen + Plugs;
}

/// <summary>The shapes that days are made of.</summary>
static class Shape
{
    /// <summary>0 before <paramref name="from"/>, 1 after <paramref name="to"/>, smooth between.</summary>
    public static double Rise(double hour, double from, double to)
    {
        var part = Math.Clamp((hour - from) / (to - from), 0, 1);
        return part * part * (3 - 2 * part);
    }

    /// <summary>1 between the inner hours, 0 outside the outer ones.</summary>
    public static double Window(double hour, double up, double full, double down, double gone) =>
        Rise(hour, up, full) * (1 - Rise(hour, down, gone));

    /// <summary>Breakfast, lunch and supper being made.</summary>
    public static double Meals(double hour) =>
        0.6 * Window(hour, 5.8, 6.5, 7.3, 8) + Window(hour, 10, 10.8, 12.2, 13) + 0.8 * Window(hour, 16.2, 17, 18.2, 19);

    /// <summary>Air conditioning: cooling from the base temperature on, a little heating on the few cold days.</summary>
    public static double Conditioning(double air, double from) =>
        Math.Clamp((air - from) / 9, 0, 1.3) + 0.45 * Math.Clamp((11 - air) / 8, 0, 1);
}
