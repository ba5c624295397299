namespace EnergyWatch.Domain.Registry;

/// <summary>A public institution (公共机构) with everything about it that changes over time.</summary>
public sealed record Institution(
    string Code,
    Timeline<InstitutionFacts> Facts,
    Timeline<FloorArea> Areas,
    IReadOnlyDictionary<string, Timeline<double>> HeadCounts)
{
    /// <summary>The facts of the day, or the nearest known ones: for a name to show, never for a calculation.</summary>
    public InstitutionFacts Shown(DateOnly day) => (Facts.At(day) ?? Facts.Facts.LastOrDefault(f => f.ValidFrom <= day) ?? Facts.Facts[0]).Value;
}

/// <param name="Type">Type code of the statistics: 01, 021 … 026, 03.</param>
/// <param name="System">党政机关, 教育, 卫生, …</param>
/// <param name="Parent">Code of the institution it reports to, or null.</param>
public sealed record InstitutionFacts(string Name, string Type, string System, string? Parent);

/// <summary>Floor area in m²; the heated part where it is known.</summary>
public sealed record FloorArea(double FloorM2, double? HeatedM2);
