using System.Globalization;

namespace EnergyWatch.Simulator.County;

/// <summary>An institution of the demo county: what the registry says about it, and how it really uses energy.</summary>
sealed record InstitutionPlan(string Code, BuildingUse Use, string? Parent)
{
    public required IReadOnlyList<NameFrom> Names { get; init; }
    public IReadOnlyList<AreaFrom> Areas { get; init; } = [];
    public IReadOnlyList<HeadsFrom> Heads { get; init; } = [];
    public required Demand Demand { get; init; }
    public PvPlan? Pv { get; init; }

    public string System => Use switch
    {
        BuildingUse.School => "教育", BuildingUse.Hospital => "卫生", BuildingUse.Office => "党政机关", _ => "乡镇",
    };

    /// <summary>Type code of the statistics (notes on the 公共机构 survey: 021 education, 024 health, 01 state organs).</summary>
    public string Type => Use switch { BuildingUse.School => "021", BuildingUse.Hospital => "024", _ => "01" };

    public string Name => Names[^1].Name;

    /// <summary>Share of the first known floor area that is in use on this day: the load grows with the building.</summary>
    public double Size(DateOnly day) => Areas.Count == 0 ? 1 : Areas.Last(a => a.From <= day || a == Areas[0]).M2 / Areas[0].M2;
}

enum BuildingUse { School, Hospital, Office, Township }

sealed record NameFrom(DateOnly From, string Name);

sealed record AreaFrom(DateOnly From, double M2, string Source);

sealed record HeadsFrom(DateOnly From, string Category, double Count, string Source);

/// <param name="Kwh">Electricity of the building itself in 2025, before PV is taken off.</param>
/// <param name="WaterM3">Water in 2025.</param>
/// <param name="GasM3">Natural gas in 2025; 0 where there is none.</param>
/// <param name="TrendPercent">Change of the demand per year after 2025.</param>
/// <param name="NightWater">Share of the mean water flow that never stops: a leak where it is large.</param>
sealed record Demand(double Kwh, double WaterM3, double GasM3 = 0, double TrendPercent = 0, double NightWater = 0.05);

/// <param name="Exported">Whether a meter counts what goes to the grid; where not, self-use is unknown.</param>
sealed record PvPlan(double Kwp, double ArrayM2, string Model, bool Exported = true)
{
    /// <summary>The inverters' rated output: the roof is built a little larger than they are, so that clear noons are clipped.</summary>
    public double AcKw => Kwp * 0.8;
}

static class On
{
    public static DateOnly Day(string day) => DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
