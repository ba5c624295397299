using static EnergyWatch.Simulator.County.Rows;

namespace EnergyWatch.Simulator.County;

/// <summary>Ten schools under the education bureau. Fictional.</summary>
static class Schools
{
    const string Bureau = "JG-03";

    public static IReadOnlyList<InstitutionPlan> All { get; } =
    [
        new("XX-01", BuildingUse.School, Bureau)
        {
            Names = [Called("青禾县第一中学")],
            Areas = [Area(62_000), Area("2025-09-01", 66_800, "综合实验楼竣工验收备案")],
            Heads =
            [
                .. School(312, 1_240, 3_060), .. School("2024-09-01", 318, 1_275, 3_120),
                .. School("2025-09-01", 327, 1_310, 3_240), .. School("2026-09-01", 331, 1_290, 3_310),
            ],
            Demand = new(62_000 * 34.0, 165_000, 62_000, TrendPercent: -1.5),
            Pv = new(520, 5_180, "huawei-sun2000"),
        },
        new("XX-02", BuildingUse.School, Bureau)
        {
            Names = [Called("青禾县第二中学")],
            Areas = [Area(48_000)],
            Heads = [.. School(246, 1_080, 2_210), .. School("2025-09-01", 251, 1_060, 2_290), .. School("2026-09-01", 249, 1_010, 2_240)],
            Demand = new(48_000 * 31.0, 118_000, 45_000, TrendPercent: -0.6),
            Pv = new(430, 4_290, "huawei-sun2000"),
        },
        new("XX-03", BuildingUse.School, Bureau)
        {
            Names = [Called("青禾县中等职业技术学校"), Called("2025-07-01", "青禾县职业教育中心")],
            Areas = [Area(55_000), Area("2026-03-01", 57_400, "实训楼竣工验收备案")],
            Heads = [.. School(228, 420, 2_960), .. School("2025-09-01", 241, 460, 3_180), .. School("2026-09-01", 247, 480, 3_320)],
            Demand = new(55_000 * 29.0, 124_000, 38_000, TrendPercent: 2.8),
            Pv = new(560, 5_640, "sungrow-sg"),
        },
        new("XX-04", BuildingUse.School, Bureau)
        {
            Names = [Called("青禾县实验中学")],
            Areas = [Area(36_000)],
            Heads = [.. School(188, 1_420, 860), .. School("2025-09-01", 192, 1_450, 880)],
            Demand = new(36_000 * 30.0, 61_000, TrendPercent: 0.4, NightWater: 0.42),
            Pv = new(360, 3_600, "sungrow-sg"),
        },
        new("XX-05", BuildingUse.School, Bureau)
        {
            Names = [Called("青禾县城东小学")],
            Areas = [Area(18_000)],
            Heads = [.. School(104, 1_930, 0), .. School("2025-09-01", 106, 1_880, 0), .. School("2026-09-01", 105, 1_810, 0)],
            Demand = new(18_000 * 22.0, 24_000, TrendPercent: -2.0),
            Pv = new(220, 2_210, "sungrow-sg"),
        },
        new("XX-06", BuildingUse.School, Bureau)
        {
            Names = [Called("青禾县城西小学")],
            Areas = [Area(16_500)],
            Heads = [.. School(97, 1_760, 0)],
            Demand = new(16_500 * 24.0, 22_500, TrendPercent: 1.2),
            Pv = new(200, 1_990, "sungrow-sg"),
        },
        new("XX-07", BuildingUse.School, Bureau)
        {
            Names = [Called("青禾县实验小学")],
            Areas = [Area(21_000), Area("2026-01-01", 20_300, "危旧楼拆除备案")],
            Heads = [.. School(121, 2_240, 0), .. School("2025-09-01", 124, 2_290, 0)],
            Demand = new(21_000 * 23.0, 29_000, TrendPercent: -1.1),
            Pv = new(260, 2_620, "sungrow-sg"),
        },
        new("XX-08", BuildingUse.School, Bureau)
        {
            Names = [Called("青禾县民族学校")],
            Areas = [Area(24_000)],
            Heads = [.. School(132, 640, 1_180), .. School("2025-09-01", 135, 610, 1_230)],
            Demand = new(24_000 * 27.0, 57_000, 16_000, TrendPercent: -0.9),
            Pv = new(280, 2_790, "sungrow-sg"),
        },
        new("XX-09", BuildingUse.School, Bureau)
        {
            Names = [Called("云溪镇中心学校")],
            Areas = [Area(12_500)],
            Heads = [.. School(76, 820, 310), .. School("2025-09-01", 75, 790, 300)],
            Demand = new(12_500 * 25.0, 23_000, TrendPercent: 0.8),
            Pv = new(180, 1_830, "sungrow-sg", Exported: false),
        },
        new("XX-10", BuildingUse.School, Bureau)
        {
            Names = [Called("青禾县第一幼儿园")],
            Areas = [Area(6_800)],
            Heads = [.. School(58, 430, 0), .. School("2025-09-01", 59, 405, 0), .. School("2026-09-01", 59, 380, 0)],
            Demand = new(6_800 * 33.0, 9_600, TrendPercent: -0.4),
            Pv = new(90, 910, "sungrow-sg"),
        },
    ];
}
