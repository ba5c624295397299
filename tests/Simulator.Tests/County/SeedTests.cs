using EnergyWatch.Domain.Indicators;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Simulator.County;
using EnergyWatch.Support;

namespace EnergyWatch.Simulator.Tests.County;

public sealed class SeedTests
{
    [Fact]
    public void Regenerating_gives_the_committed_bytes()
    {
        foreach (var file in Seeds.All())
            Assert.True(
                File.ReadAllBytes(Repository.PathOf("seeds", "demo-county", file.Name)).AsSpan().SequenceEqual(file.Bytes()),
                $"{file.Name} differs: run `simulator seeds --out seeds/demo-county` and look at the change.");
    }

    [Fact]
    public void Twenty_roofs_make_6100_kWp_on_61100_m2()
    {
        var sites = CsvTable.Of("pv_sites.csv");
        Assert.Equal(20, sites.Count);
        Assert.Equal(6_100, sites.Sum(site => site.Number("capacity_kwp")));
        Assert.Equal(61_100, sites.Sum(site => site.Number("array_area_m2")));
        var types = CsvTable.Of("institutions.csv").GroupBy(row => row["code"]).ToDictionary(g => g.Key, g => g.Last()["system"]);
        Assert.Equal(
            [("党政机关", 6), ("卫生", 4), ("教育", 10)],
            sites.GroupBy(site => types[site["institution"]]).Select(g => (g.Key, g.Count())).OrderBy(g => g.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void The_county_has_25_institutions_120_meters_and_16_gateways()
    {
        Assert.Equal(25, CsvTable.Of("institutions.csv").Select(row => row["code"]).Distinct().Count());
        Assert.Equal(120, CsvTable.Of("meters.csv").Count);
        Assert.Equal(8, CsvTable.Of("gateways.csv").Count(row => row["kind"] == "modbus_tcp"));
        Assert.Equal(8, CsvTable.Of("gateways.csv").Count(row => row["kind"] == "mqtt"));
    }

    [Fact]
    public void Every_reference_resolves()
    {
        var institutions = Codes("institutions.csv");
        var meters = CsvTable.Of("meters.csv").ToDictionary(row => row["code"]);
        var gateways = Codes("gateways.csv");
        Assert.All(CsvTable.Of("institutions.csv"), row => Assert.True(row["parent"] is "" || institutions.Contains(row["parent"])));
        foreach (var file in new[] { "areas.csv", "headcounts.csv", "meters.csv", "pv_sites.csv", "addresses.csv" })
            Assert.All(CsvTable.Of(file), row => Assert.Contains(row["institution"], institutions));
        foreach (var meter in meters.Values)
        {
            Assert.Contains(meter["gateway"], gateways);
            Assert.True(Carriers.TryParse(meter["carrier"], out _), meter["carrier"]);
            Assert.True(MeterRoles.TryParse(meter["role"], out _), meter["role"]);
            if (meter["parent"] is not "") Assert.Equal(meter["institution"], meters[meter["parent"]]["institution"]);
        }
        foreach (var site in CsvTable.Of("pv_sites.csv"))
            foreach (var column in new[] { "generation_meter", "import_meter", "export_meter", "irradiance_meter" })
                if (site[column] is not "") Assert.Equal(site["institution"], meters[site[column]]["institution"]);
        Assert.All(CsvTable.Of("targets.csv"), row => Assert.Contains(row["indicator"], IndicatorKeys.Units.Keys));
    }

    [Fact]
    public void Units_on_a_gateway_are_given_once()
    {
        var addresses = CsvTable.Of("meters.csv").Where(row => row["address"] is not "").ToList();
        Assert.Equal(addresses.Count, addresses.Select(row => (row["gateway"], row["address"])).Distinct().Count());
        Assert.All(addresses, row => Assert.InRange(row.Number("address"), 1, 247));
    }

    [Fact]
    public void Dated_facts_are_given_once_per_day_and_some_change()
    {
        AssertOnce("areas.csv", "institution", "valid_from");
        AssertOnce("headcounts.csv", "institution", "category", "valid_from");
        AssertOnce("institutions.csv", "code", "valid_from");
        Assert.Contains(CsvTable.Of("areas.csv").GroupBy(row => row["institution"]), rows => rows.Count() > 1);
        Assert.Contains(CsvTable.Of("headcounts.csv").GroupBy(row => (row["institution"], row["category"])), rows => rows.Count() > 2);
        Assert.All(CsvTable.Of("areas.csv").Concat(CsvTable.Of("headcounts.csv")), row => Assert.NotEqual("", row["source"]));
    }

    [Fact]
    public void One_institution_has_no_area_and_another_no_head_count()
    {
        Assert.Equal(["XZ-05"], Codes("institutions.csv").Except(Codes("areas.csv", "institution")));
        Assert.Equal(["XZ-03"], Codes("institutions.csv").Except(Codes("headcounts.csv", "institution")));
    }

    [Fact]
    public void Self_use_is_unknown_at_two_sites() =>
        Assert.Equal(["PV-XX-09", "PV-YY-04"], CsvTable.Of("pv_sites.csv").Where(row => row["export_meter"] is "").Select(row => row["code"]));

    [Fact]
    public void Addresses_reach_nobody_in_the_world() =>
        Assert.All(
            CsvTable.Of("addresses.csv").Where(row => row["channel"] != "portal"), row => Assert.Contains(".example", row["address"], StringComparison.Ordinal));

    static HashSet<string> Codes(string file, string column = "code") => [.. CsvTable.Of(file).Select(row => row[column])];

    static void AssertOnce(string file, params string[] key)
    {
        var rows = CsvTable.Of(file);
        Assert.Equal(rows.Count, rows.Select(row => string.Join('|', key.Select(column => row[column]))).Distinct().Count());
    }
}
