namespace EnergyWatch.Analytics.Usage;

/// <summary>
/// How usage is computed from readings. What is not here is fixed: another value would be another meaning of stored
/// cells.
/// </summary>
public sealed record UsageOptions
{
    /// <summary>A step is plausible up to this many times what the meter's rated capacity allows in its time.</summary>
    public double PlausibilityMargin { get; init; } = 1.2;

    /// <summary>
    /// A step longer than this many expected intervals is spread over a gap: counted in full, its cells marked
    /// estimated.
    /// </summary>
    public double GapIntervals { get; init; } = 2;

    /// <summary>Local days computed at once: bounds the memory of a recomputation, not its result.</summary>
    public int MaxWindowDays { get; init; } = 62;

    /// <summary>Every fault of these values with its name; empty when they can be used.</summary>
    public IEnumerable<string> Faults()
    {
        if (PlausibilityMargin is not (>= 1 and <= 10))
            yield return $"PlausibilityMargin is {PlausibilityMargin}: allowed is 1 to 10.";
        if (GapIntervals is not (>= 1 and <= 100)) yield return $"GapIntervals is {GapIntervals}: allowed is 1 to 100.";
        if (MaxWindowDays is not (>= 1 and <= 1000))
            yield return $"MaxWindowDays is {MaxWindowDays}: allowed is 1 to 1000.";
    }
}
