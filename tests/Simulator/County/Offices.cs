using static EnergyWatch.Simulator.County.Rows;

namespace EnergyWatch.Simulator.County;

/// <summary>Six government offices with PV, and five townships without. Fictional.</summary>
static class Offices
{
    public static IReadOnlyList<InstitutionPlan> County { get; } =
    [
        new("JG-01", BuildingUse.Office, null)
        {
            Names = [Called("青禾县行政中心")],
            Areas = [Area(42_000)],
            Heads = [.. Staff(842), .. Staff("2025-04-01", 868), .. Staff("2026-04-01", 905)],
            Demand = new(42_000 * 68.0, 58_000, 52_000, TrendPercent: -1.8),
            Pv = new(680, 6_810, "huawei-sun2000"),
        },
        new("JG-02", BuildingUse.Office, null)
        {
            Names = [Called("青禾县公安局")],
            Areas = [Area(19_000)],
            Heads = [.. Staff(415), .. Staff("2026-01-01", 428)],
            Demand = new(19_000 * 66.0, 29_000, TrendPercent: 2.1),
            Pv = new(300, 3_000, "sungrow-sg"),
        },
        new("JG-03", BuildingUse.Office, null)
        {
            Names = [Called("青禾县教育局")],
            Areas = [Area(8_500)],
            Heads = [.. Staff(148), .. Staff("2026-01-01", 142)],
            Demand = new(8_500 * 50.0, 8_900, TrendPercent: -1.0),
            Pv = new(160, 1_600, "sungrow-sg"),
        },
        new("JG-04", BuildingUse.Office, null)
        {
            Names = [Called("青禾县卫生健康局")],
            Areas = [Area(9_200)],
            Heads = [.. Staff(172)],
            Demand = new(9_200 * 53.0, 10_600, TrendPercent: -0.3),
            Pv = new(150, 1_500, "sungrow-sg"),
        },
        new("JG-05", BuildingUse.Office, null)
        {
            Names = [Called("青禾县自然资源局")],
            Areas = [Area(10_800)],
            Heads = [.. Staff(205), .. Staff("2025-07-01", 211)],
            Demand = new(10_800 * 51.0, 13_200, TrendPercent: 0.9),
            Pv = new(180, 1_800, "sungrow-sg"),
        },
        new("JG-06", BuildingUse.Office, null)
        {
            Names = [Called("青禾县政务服务中心"), Called("2025-03-01", "青禾县政务服务和大数据发展中心")],
            Areas = [Area(12_600)],
            Heads = [.. Staff(236), .. Staff("2025-03-01", 262)],
            Demand = new(12_600 * 70.0, 19_400, TrendPercent: 3.4),
            Pv = new(180, 1_800, "sungrow-sg"),
        },
    ];

    public static IReadOnlyList<InstitutionPlan> Townships { get; } =
    [
        new("XZ-01", BuildingUse.Township, null)
        {
            Names = [Called("云溪镇人民政府")],
            Areas = [Area(6_800)],
            Heads = [.. Staff(128), .. Staff("2026-01-01", 131)],
            Demand = new(6_800 * 42.0, 7_600, TrendPercent: -0.7),
        },
        new("XZ-02", BuildingUse.Township, null)
        {
            Names = [Called("石桥镇人民政府")],
            Areas = [Area(5_900), Area("2025-06-01", 6_350, "便民服务中心竣工验收备案")],
            Heads = [.. Staff(109)],
            Demand = new(5_900 * 40.0, 6_200, TrendPercent: 0.6),
        },
        new("XZ-03", BuildingUse.Township, null)
        {
            Names = [Called("白沙镇人民政府")],
            Areas = [Area(5_200)],
            Demand = new(5_200 * 44.0, 6_900, TrendPercent: 1.4),
        },
        new("XZ-04", BuildingUse.Township, null)
        {
            Names = [Called("龙塘乡人民政府"), Called("2026-03-01", "龙塘镇人民政府")],
            Areas = [Area(4_700)],
            Heads = [.. Staff(92)],
            Demand = new(4_700 * 38.0, 5_100, TrendPercent: -1.6),
        },
        new("XZ-05", BuildingUse.Township, null)
        {
            Names = [Called("金竹乡人民政府")],
            Heads = [.. Staff(84)],
            Demand = new(4_300 * 39.0, 4_800, TrendPercent: 0),
        },
    ];
}
