using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Domain.Registry;

/// <summary>Where a row was written, so that a fault can name it.</summary>
public readonly record struct RowPlace(string File, int Line);

/// <summary>Rows of the registry as officers write them (contract: one CSV file each), typed but not yet checked against each other.</summary>
public sealed record RegistryRows
{
    public IReadOnlyList<InstitutionRow> Institutions { get; init; } = [];
    public IReadOnlyList<AreaRow> Areas { get; init; } = [];
    public IReadOnlyList<HeadCountRow> HeadCounts { get; init; } = [];
    public IReadOnlyList<MeterRow> Meters { get; init; } = [];
    public IReadOnlyList<ReplacementRow> Replacements { get; init; } = [];
    public IReadOnlyList<GatewayRow> Gateways { get; init; } = [];
    public IReadOnlyList<TargetRow> Targets { get; init; } = [];
    public IReadOnlyList<PvSiteRow> PvSites { get; init; } = [];
    public IReadOnlyList<AddressRow> Addresses { get; init; } = [];
}

public sealed record InstitutionRow(RowPlace Place, string Code, DateOnly ValidFrom, DateOnly? ValidTo, InstitutionFacts Facts);

public sealed record AreaRow(RowPlace Place, string Institution, DateOnly ValidFrom, FloorArea Area, string? Source);

public sealed record HeadCountRow(RowPlace Place, string Institution, DateOnly ValidFrom, string Category, double Count, string? Source);

public sealed record MeterRow(RowPlace Place, string Code, Carrier Carrier, DateOnly ValidFrom, DateOnly? ValidTo, MeterFacts Facts);

public sealed record ReplacementRow(RowPlace Place, string Meter, MeterReplacement Replacement);

/// <param name="SecretHash">Already hashed: a secret in clear never reaches the registry.</param>
public sealed record GatewayRow(
    RowPlace Place, string Code, string Name, GatewayKind Kind, string? Endpoint, string? Username, string? SecretHash, DateOnly ValidFrom,
    string? Dialect = null);

public sealed record TargetRow(RowPlace Place, Indicators.Target Target);

public sealed record PvSiteRow(RowPlace Place, PvSite Site);

public sealed record AddressRow(RowPlace Place, NoticeAddress Address);
