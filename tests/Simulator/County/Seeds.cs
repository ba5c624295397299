using System.Globalization;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Simulator.Metering;

namespace EnergyWatch.Simulator.County;

/// <summary>The registry CSV files of the demo county (contract section 3), always the same bytes.</summary>
static class Seeds
{
    public static IEnumerable<SeedFile> All() =>
    [
        Institutions(), Areas(), HeadCounts(), Meters(), Replacements(), GatewayFile(), TargetFile.Create(), PvSites(), Addresses(),
    ];

    static SeedFile Institutions()
    {
        var file = new SeedFile("institutions.csv", "code,name,type,system,parent,valid_from,valid_to");
        foreach (var site in DemoCounty.Institutions)
            foreach (var name in site.Names)
                file.Row(site.Code, name.Name, site.Type, site.System, site.Parent, name.From, null);
        return file;
    }

    static SeedFile Areas()
    {
        var file = new SeedFile("areas.csv", "institution,valid_from,floor_area_m2,heated_area_m2,source");
        foreach (var site in DemoCounty.Institutions)
            foreach (var area in site.Areas) file.Row(site.Code, area.From, area.M2, null, area.Source);
        return file;
    }

    static SeedFile HeadCounts()
    {
        var file = new SeedFile("headcounts.csv", "institution,valid_from,category,count,source");
        foreach (var site in DemoCounty.Institutions)
            foreach (var heads in site.Heads) file.Row(site.Code, heads.From, heads.Category, heads.Count, heads.Source);
        return file;
    }

    static SeedFile Meters()
    {
        var file = new SeedFile(
            "meters.csv",
            "code,institution,name,carrier,role,parent,multiplier,rated_power_kw,register_max,interval_s,model,gateway,address,valid_from,valid_to");
        foreach (var meter in DemoCounty.Meters)
            file.Row(
                meter.Code, meter.Institution.Code, meter.Name, meter.Carrier.Key(), meter.Role.Key(), meter.Parent,
                meter.Wiring.Multiplier, meter.Wiring.Rated, meter.Wiring.RegisterMax, meter.IntervalS, meter.Model,
                meter.Gateway, meter.Address, DemoCounty.FirstDay, null);
        return file;
    }

    static SeedFile Replacements()
    {
        var file = new SeedFile("replacements.csv", "meter,time,end_reading,start_reading");
        var replaced = new LiveCounty(Faults.ReplacedAt).ByCode[Faults.ReplacedMeter];
        var time = Faults.ReplacedAt.ToDateTimeOffset().ToOffset(Yearly.Local).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
        file.Row(replaced.Plan.Code, time, replaced.EndReading, Faults.NewRegisterStart);
        return file;
    }

    static SeedFile GatewayFile()
    {
        var file = new SeedFile("gateways.csv", "code,name,kind,endpoint,username,secret,valid_from");
        foreach (var gateway in Gateways.All)
            file.Row(
                gateway.Code, gateway.Name, gateway.Kind.Key(), gateway.Endpoint, gateway.Secret is null ? null : gateway.Code,
                gateway.Secret, DemoCounty.FirstDay);
        return file;
    }

    static SeedFile PvSites()
    {
        var file = new SeedFile(
            "pv_sites.csv",
            "code,institution,name,capacity_kwp,array_area_m2,generation_meter,import_meter,export_meter,irradiance_meter");
        var codes = DemoCounty.Meters.Select(meter => meter.Code).ToHashSet();
        foreach (var site in DemoCounty.Institutions)
            if (site.Pv is { } pv)
                file.Row(
                    $"PV-{site.Code}", site.Code, $"{site.Name}屋顶光伏", pv.Kwp, pv.ArrayM2, $"{site.Code}-PV", $"{site.Code}-E1",
                    Known($"{site.Code}-E2"), Known($"{site.Code}-R1"));
        return file;

        string? Known(string code) => codes.Contains(code) ? code : null;
    }

    // Names under .example never resolve (RFC 2606): a demo sends nothing to anybody.
    static SeedFile Addresses()
    {
        var file = new SeedFile("addresses.csv", "institution,channel,address,secret");
        foreach (var site in DemoCounty.Institutions)
        {
            file.Row(site.Code, "portal", site.Code, null);
            if (site.Code == "XX-01") file.Row(site.Code, "mail", "stats@school-01.example", null);
            if (site.Code == "JG-02") file.Row(site.Code, "webhook", "https://oa.office-02.example/energywatch", "demo-hmac-office-02");
        }
        return file;
    }
}
