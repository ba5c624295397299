namespace EnergyWatch.Domain.Indicators;

/// <summary>The indicators by their public names, with their unit. A name is never given another meaning.</summary>
public static class IndicatorKeys
{
    public const string EnergyTotal = "energy_total";
    public const string EnergyPerArea = "energy_per_area";
    public const string EnergyPerHead = "energy_per_head";
    public const string CarbonTotal = "carbon_total";
    public const string CarbonPerArea = "carbon_per_area";
    public const string CarbonPerHead = "carbon_per_head";
    public const string ElectricityTotal = "electricity_total";
    public const string ElectricityPerArea = "electricity_per_area";
    public const string ElectricityPerHead = "electricity_per_head";
    public const string WaterTotal = "water_total";
    public const string WaterPerHead = "water_per_head";

    public static IReadOnlyDictionary<string, string> Units { get; } = new Dictionary<string, string>
    {
        [EnergyTotal] = "kgce",
        [EnergyPerArea] = "kgce/m2",
        [EnergyPerHead] = "kgce/person",
        [CarbonTotal] = "tCO2",
        [CarbonPerArea] = "kgCO2/m2",
        [CarbonPerHead] = "kgCO2/person",
        [ElectricityTotal] = "kWh",
        [ElectricityPerArea] = "kWh/m2",
        [ElectricityPerHead] = "kWh/person",
        [WaterTotal] = "m3",
        [WaterPerHead] = "m3/person",
    };
}
