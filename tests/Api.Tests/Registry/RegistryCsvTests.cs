using EnergyWatch.Api.Registry;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Support;

namespace EnergyWatch.Api.Tests.Registry;

public sealed class RegistryCsvTests : IDisposable
{
    const string MeterHeader = "code,institution,name,carrier,role,parent,multiplier,rated_power_kw,register_max,interval_s,model,gateway,address,valid_from";

    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_demo_county_reads_without_a_fault()
    {
        var rows = new RegistryCsv(RegistrySnapshot.Empty).ReadFolder(Repository.PathOf("seeds", "demo-county"));
        Assert.Equal(120, rows.Meters.Select(row => row.Code).Distinct().Count());
        Assert.Equal(20, rows.PvSites.Count);
    }

    [Fact]
    public void Every_bad_cell_is_named_with_file_line_column_and_reason()
    {
        Write("meters", MeterHeader,
            "M-1,ORG,Incomer,elektricity,main,,many,,,900,,,,2026-01-01",
            "M-2,ORG,Incomer,electricity,boss,,1,-5,,0,,,,2026-13-01",
            ",ORG,Incomer,electricity,main,,1,,,900,,,,");
        var faults = Refused();
        Assert.Equal(
            [
                "meters.csv:2 carrier", "meters.csv:2 multiplier", "meters.csv:3 role", "meters.csv:3 rated_power_kw", "meters.csv:3 interval_s",
                "meters.csv:3 valid_from", "meters.csv:4 code", "meters.csv:4 valid_from",
            ],
            faults.Select(fault => $"{fault.File}:{fault.Line} {fault.Column}"));
        Assert.All(faults, fault => Assert.NotEmpty(fault.Reason));
    }

    [Fact]
    public void Faults_of_all_files_are_reported_together()
    {
        Write("areas", "institution,valid_from,floor_area_m2", "ORG,2026-01-01,big");
        Write("headcounts", "institution,valid_from,category,count", "ORG,2026-01-01,staff,-1");
        Assert.Equal(["areas.csv", "headcounts.csv"], Refused().Select(fault => fault.File));
    }

    [Theory]
    [InlineData("institution,valid_from,area", "area", "no such column")]
    [InlineData("institution,valid_from", "floor_area_m2", "missing")]
    [InlineData("institution,valid_from,floor_area_m2,floor_area_m2", "floor_area_m2", "twice")]
    public void A_wrong_header_is_refused_by_column(string header, string column, string reason)
    {
        Write("areas", header, "ORG,2026-01-01,1");
        Assert.Contains(Refused(), fault => fault.Line == 1 && fault.Column == column && fault.Reason.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public void An_empty_file_is_refused()
    {
        Write("areas");
        Assert.Contains("empty", Refused()[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_of_another_length_than_the_header_is_refused()
    {
        Write("areas", "institution,valid_from,floor_area_m2", "ORG,2026-01-01");
        Assert.Equal(2, Refused()[0].Line);
    }

    [Fact]
    public void Quotes_line_ends_a_byte_order_mark_and_blank_lines_are_as_the_standard_says()
    {
        File.WriteAllText(_folder.File("areas.csv"), "\uFEFFinstitution,valid_from,floor_area_m2,source\r\nORG,2026-01-01,12.5,\"deed, \"\"copy\"\"\"\r\n\r\n");
        var row = Assert.Single(new RegistryCsv(RegistrySnapshot.Empty).ReadFolder(_folder.Path).Areas);
        Assert.Equal(("ORG", 12.5, "deed, \"copy\""), (row.Institution, row.Area.FloorM2, row.Source));
    }

    [Fact]
    public void A_secret_is_hashed_and_keeps_its_hash_when_the_file_is_read_again()
    {
        Write("gateways", "code,name,kind,endpoint,username,secret,valid_from", "GW-1,Roof,mqtt,,roof,a-long-secret,2026-01-01");
        var first = Assert.Single(new RegistryCsv(RegistrySnapshot.Empty).ReadFolder(_folder.Path).Gateways).SecretHash!;
        Assert.True(SecretHash.Matches("a-long-secret", first));
        var known = Some.Registry(gateways: [Some.Gateway("GW-1", secretHash: first)]);
        Assert.Equal(first, Assert.Single(new RegistryCsv(known).ReadFolder(_folder.Path).Gateways).SecretHash);
    }

    [Fact]
    public void A_gateway_may_name_its_dialect()
    {
        Write(
            "gateways", "code,name,kind,endpoint,username,secret,valid_from,dialect",
            "GW-1,Roof,mqtt,,roof,,2026-01-01,tasmota", "GW-2,Yard,mqtt,,yard,,2026-01-01,");
        var rows = new RegistryCsv(RegistrySnapshot.Empty).ReadFolder(_folder.Path).Gateways;
        Assert.Equal(["tasmota", null], rows.Select(row => row.Dialect));
    }

    IReadOnlyList<RegistryFault> Refused() =>
        Assert.Throws<RegistryRefusedException>(() => new RegistryCsv(RegistrySnapshot.Empty).ReadFolder(_folder.Path)).Faults;

    void Write(string name, params string[] lines) => File.WriteAllLines(_folder.File($"{name}.csv"), lines);
}
