using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Ingest.Modbus.SunSpec;

/// <summary>
/// What a meter model that finds its registers by itself looks for: at which bases, and which SunSpec models it takes its points from.
/// </summary>
/// <param name="Bases">Where the marker may stand; asked in this order.</param>
/// <param name="Definitions">The models it reads. Of those that extend no other, the first that a unit has is read.</param>
/// <param name="Instance">Which of several models of a kind, counted from 1 along the chain; null where there may be one only.</param>
public sealed record SunSpecProfile(IReadOnlyList<ushort> Bases, IReadOnlyList<SunSpecDefinition> Definitions, int? Instance = null)
{
    /// <summary>The ids of all models it can read, as people write them.</summary>
    public string Ids => string.Join(", ", Definitions.SelectMany(definition => definition.Ids));

    /// <summary>Whether a unit with these models has one that it reads.</summary>
    public bool Reads(IReadOnlySet<ushort> ids) =>
        Definitions.Any(definition => !definition.Extends && definition.Ids.Any(ids.Contains));
}

/// <summary>SunSpec models that lie alike, and which of their points become which quantity.</summary>
/// <param name="Ids">Models of one layout, as 101, 102 and 103.</param>
/// <param name="Extends">It is read besides the model it belongs to, not in its place.</param>
/// <param name="Repeat">The part that comes once for each input; null where there is none.</param>
/// <param name="Registers">Its points and self-tests, at addresses counted from the register of the model's id.</param>
public sealed record SunSpecDefinition(IReadOnlyList<ushort> Ids, bool Extends, SunSpecRepeat? Repeat, RegisterMap Registers);

/// <summary>A part of a model that comes several times.</summary>
/// <param name="At">Where the first begins, from the register of the model's id.</param>
/// <param name="Words">Registers of each.</param>
/// <param name="CountAt">The register that says how many there are.</param>
public sealed record SunSpecRepeat(ushort At, ushort Words, ushort CountAt)
{
    /// <summary>Which part the register belongs to, counted from 1; 0 for what lies before them.</summary>
    public int PartOf(uint at) => at < At ? 0 : (int)(at - At) / Words + 1;
}
