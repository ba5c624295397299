namespace EnergyWatch.Domain.Registry;

/// <summary>A rooftop PV plant and the meters that count it, by code. Capacity in kWp, array area in m².</summary>
public sealed record PvSite(
    string Code,
    string Institution,
    string Name,
    double CapacityKwp,
    double? ArrayAreaM2,
    string GenerationMeter,
    string? ImportMeter,
    string? ExportMeter,
    string? IrradianceMeter);
