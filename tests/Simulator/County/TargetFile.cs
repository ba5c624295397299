namespace EnergyWatch.Simulator.County;

/// <summary>The county's dual-control targets for 2026 against 2025, each with where its figure comes from.</summary>
static class TargetFile
{
    const string Plan =
        "《“十五五”公共机构节能降碳工作方案》（国管局、国家发展改革委，2026年8月，人民网2026-08-04摘要）："
        + "2030年比2025年单位建筑面积碳排放下降8.5%、单位建筑面积能耗下降5%、人均用水量下降3%";

    const string Yearly = "；按1-(1-r)^(1/5)折算为年度值";
    const string Guangxi = "参照广西2023年全区公共机构工作安排的年度目标（广西新闻网2023-02-20）：人均综合能耗下降1.1%；2026年自治区数值未见公布";
    const string Own = "演示县自定，无上级文件";

    public static SeedFile Create()
    {
        var file = new SeedFile("targets.csv", "year,indicator,base_year,reduction_percent,cap,source");
        file.Row(2026, "energy_per_area", 2025, 1.0206, null, Tagged(Plan + Yearly, "secondary, computed"));
        file.Row(2026, "carbon_per_area", 2025, 1.7609, null, Tagged(Plan + Yearly, "secondary, computed"));
        file.Row(2026, "water_per_head", 2025, 0.6073, null, Tagged(Plan + Yearly, "secondary, computed"));
        file.Row(2026, "energy_per_head", 2025, 1.1, null, Tagged(Guangxi, "found for 2023, assumed for 2026"));
        file.Row(2026, "energy_total", 2025, 0.5, null, Tagged(Own, "assumed"));
        file.Row(2026, "carbon_total", 2025, 1.2, null, Tagged(Own, "assumed"));
        return file;
    }

    static string Tagged(string source, string evidence) => $"{source} [{evidence}]";
}
