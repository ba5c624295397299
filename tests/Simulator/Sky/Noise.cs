namespace EnergyWatch.Simulator.Sky;

/// <summary>Chance without state: the same seed, stream and index always give the same number, so that a restart changes nothing.</summary>
static class Noise
{
    const ulong Seed = 6_100;

    /// <summary>A number of its own for a name.</summary>
    public static ulong Stream(string name)
    {
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var letter in name) hash = (hash ^ letter) * 1_099_511_628_211UL;
        return hash;
    }

    /// <summary>Evenly spread over [0, 1).</summary>
    public static double Unit(ulong stream, long index) =>
        (Mix(stream ^ Mix(Seed + (ulong)index * 0x9E37_79B9_7F4A_7C15UL)) >> 11) * (1.0 / (1UL << 53));

    /// <summary>The same without jumps: passes through <see cref="Unit"/> at whole numbers.</summary>
    public static double Smooth(ulong stream, double at)
    {
        var floor = Math.Floor(at);
        var rest = at - floor;
        var first = Unit(stream, (long)floor);
        return first + (Unit(stream, (long)floor + 1) - first) * rest * rest * (3 - 2 * rest);
    }

    // The finalizer of splitmix64 (Steele, Lea, Flood 2014).
    static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EBUL;
        return x ^ (x >> 31);
    }
}
