using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Simulator.County;

/// <summary>Which meters an institution has. Sites differ in meters, transformers and models as real ones do.</summary>
static class Metering
{
    /// <summary>
    /// Sold by the thousand and found everywhere: one model per kind of site, and the plainest one for branches of some. All of them
    /// hang behind transformers that <c>meters.csv</c> knows of, so each has its registers on the secondary side.
    /// </summary>
    static string ElectricityModel(InstitutionPlan site, bool branch) => site.Code switch
    {
        "XX-01" or "XX-02" or "YY-01" when branch => "generic-energy-float",
        "XX-05" or "XX-06" or "XX-07" or "YY-02" or "YY-03" or "JG-02" or "JG-06" => "chint-dtsu666",
        "JG-03" or "JG-04" or "JG-05" => "acrel-adl400",
        _ => "acrel-dtsd1352",
    };

    const double SixDigits = 999_999.99;

    /// <summary>An old meter whose register shows five digits: it began again at 0 during the year.</summary>
    public const string OldMeter = "XX-06-E1";

    public static IEnumerable<MeterPlan> Of(InstitutionPlan site)
    {
        var incomer = $"{site.Code}-E1";
        var twoWay = site.Pv is { Exported: true };
        var mains = Wiring.For(Math.Max(PeakKw(site), site.Pv?.AcKw ?? 0), SixDigits);
        yield return new(incomer, site, twoWay ? "关口表（受电）" : "总进线", Carrier.Electricity, twoWay ? MeterRole.GridImport : MeterRole.Main)
        {
            Wiring = incomer == OldMeter ? mains with { RegisterMax = 99_999.99, StartReading = 89_120.55 } : mains,
            Counts = new(Channel.Import), Model = ElectricityModel(site, branch: false),
        };
        if (twoWay)
            yield return new($"{site.Code}-E2", site, "关口表（上网）", Carrier.Electricity, MeterRole.GridExport)
            {
                Wiring = mains, Counts = new(Channel.Export), Model = ElectricityModel(site, branch: false),
            };
        if (site.Pv is { } pv)
            yield return new($"{site.Code}-PV", site, "屋顶光伏", Carrier.Electricity, MeterRole.PvGeneration)
            {
                Wiring = new(1, Math.Round(pv.AcKw * 1.05, MidpointRounding.AwayFromZero), null), Counts = new(Channel.Generation), Model = pv.Model,
            };
        foreach (var (code, name, counts, peak) in Branches(site))
            yield return new($"{site.Code}-{code}", site, name, Carrier.Electricity, MeterRole.Sub)
            {
                Parent = incomer, Wiring = Wiring.For(peak, SixDigits), Counts = counts, IntervalS = 300,
                Model = ElectricityModel(site, branch: true),
            };
        foreach (var meter in Others(site, incomer, mains)) yield return meter;
    }

    static IEnumerable<MeterPlan> Others(InstitutionPlan site, string incomer, Wiring mains)
    {
        if (site.Code == "JG-01")
            yield return new("JG-01-EV", site, "机关车辆充电桩", Carrier.Electricity, MeterRole.EvCharging)
            {
                Parent = incomer, Wiring = Wiring.For(130, SixDigits), Counts = new(Channel.Charging), Model = ElectricityModel(site, branch: true),
            };
        if (site.Code == "YY-01")
            yield return new("YY-01-C1", site, "关口校核表", Carrier.Electricity, MeterRole.Check)
            {
                Parent = incomer, Wiring = mains, Counts = new(Channel.Import, 1.004), IntervalS = 300,
                Model = ElectricityModel(site, branch: true),
            };
        if (site.Code is "XX-01" or "YY-01")
            yield return new($"{site.Code}-R1", site, "辐照仪", Carrier.Electricity, MeterRole.Check)
            {
                Wiring = new(1, 1_500, null), Counts = new(Channel.Sun), Model = "irradiance-sensor",
            };
        yield return new($"{site.Code}-W1", site, "进水总表", Carrier.Water, MeterRole.Main)
        {
            Wiring = new(1, Pipe(site.Demand.WaterM3), SixDigits), Counts = new(Channel.Water), IntervalS = 300, Model = "generic-water-uint32",
        };
        if (site.Demand.GasM3 > 0)
            yield return new($"{site.Code}-G1", site, "天然气表", Carrier.NaturalGas, MeterRole.Main)
            {
                Wiring = new(1, Pipe(site.Demand.GasM3), SixDigits), Counts = new(Channel.Gas), IntervalS = 900,
            };
    }

    static IEnumerable<(string Code, string Name, Counts Counts, double PeakKw)> Branches(InstitutionPlan site)
    {
        var peak = PeakKw(site);
        var cooling = ("S1", "空调", new Counts(Channel.Cooling), peak * 0.75);
        var lighting = ("S2", "照明", new Counts(Channel.Lighting), peak * 0.4);
        return site.Code switch
        {
            "JG-01" =>
            [
                cooling, lighting, ("S3", "信息机房", new(Channel.Standing, 0.6), peak * 0.2), ("S4", "食堂", new(Channel.Kitchen), peak * 0.3),
            ],
            "YY-01" => [cooling, lighting, ("S3", "医技设备", new(Channel.Plugs, 0.5), peak * 0.3)],
            "XX-01" => [cooling, lighting, ("S3", "学生宿舍", new(Channel.Plugs, 0.4), peak * 0.3)],
            "XX-02" or "XX-03" or "YY-02" or "JG-02" => [cooling, lighting],
            "YY-03" or "JG-06" => [cooling],
            _ => [],
        };
    }

    /// <summary>What the incomer is laid out for: mean load over the share of the year that such a building uses its peak.</summary>
    static double PeakKw(InstitutionPlan site) =>
        site.Demand.Kwh / site.Use switch { BuildingUse.Hospital => 3_300, BuildingUse.School => 1_600, _ => 1_500 };

    static double Pipe(double yearM3)
    {
        double[] sizes = [10, 16, 25, 40, 63, 100, 160, 250];
        return sizes.First(size => size >= yearM3 / 8_760 * 10);
    }
}
