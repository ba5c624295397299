namespace EnergyWatch.Analytics.DualControl;

/// <summary>Where the calibers are and which one applies where none is named.</summary>
public sealed record CaliberOptions
{
    /// <summary>Folder with one JSON file per caliber and <c>grid-factors.csv</c>.</summary>
    public string Folder { get; init; } = Path.Combine("seeds", "calibers");

    public string Default { get; init; } = "statutory-gx";
}
