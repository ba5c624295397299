using static EnergyWatch.Simulator.County.Rows;

namespace EnergyWatch.Simulator.County;

/// <summary>Four hospitals under the health bureau. Fictional.</summary>
static class Hospitals
{
    const string Bureau = "JG-04";

    public static IReadOnlyList<InstitutionPlan> All { get; } =
    [
        new("YY-01", BuildingUse.Hospital, Bureau)
        {
            Names = [Called("青禾县人民医院")],
            Areas = [Area(68_000), Area("2026-03-01", 71_500, "感染楼竣工验收备案")],
            Heads = [.. Hospital(1_150, 820, 588_000), .. Hospital("2025-01-01", 1_180, 860, 612_000), .. Hospital("2026-01-01", 1_205, 880, 624_000)],
            Demand = new(68_000 * 108.0, 206_000, 160_000, TrendPercent: 1.6, NightWater: 0.12),
            Pv = new(620, 6_190, "huawei-sun2000"),
        },
        new("YY-02", BuildingUse.Hospital, Bureau)
        {
            Names = [Called("青禾县中医医院")],
            Areas = [Area(32_000)],
            Heads = [.. Hospital(520, 380, 268_000), .. Hospital("2026-01-01", 534, 390, 274_000)],
            Demand = new(32_000 * 98.0, 88_000, 61_000, TrendPercent: -0.8, NightWater: 0.1),
            Pv = new(360, 3_610, "sungrow-sg"),
        },
        new("YY-03", BuildingUse.Hospital, Bureau)
        {
            Names = [Called("青禾县妇幼保健院")],
            Areas = [Area(21_000)],
            Heads = [.. Hospital(346, 210, 196_000), .. Hospital("2026-01-01", 351, 205, 189_000)],
            Demand = new(21_000 * 94.0, 52_000, 34_000, TrendPercent: -2.4, NightWater: 0.1),
            Pv = new(240, 2_420, "sungrow-sg"),
        },
        new("YY-04", BuildingUse.Hospital, Bureau)
        {
            Names = [Called("云溪镇中心卫生院")],
            Areas = [Area(9_500)],
            Heads = [.. Hospital(96, 90, 58_000)],
            Demand = new(9_500 * 82.0, 16_500, TrendPercent: 0.5, NightWater: 0.1),
            Pv = new(130, 1_310, "sungrow-sg", Exported: false),
        },
    ];
}
