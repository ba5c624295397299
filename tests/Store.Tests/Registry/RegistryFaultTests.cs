using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Store.Tests.Registry;

/// <summary>
/// Each wrong row, put on top of a county that is right, is named with its file, line, column and reason, and nothing
/// else is.
/// </summary>
public sealed class RegistryFaultTests
{
    static readonly RegistryRows Known = RegistryEdit.Of(
        new RegistryRows(), Rows.County with { Gateways = [.. Rows.County.Gateways, Rows.Gateway("G-8", 4, GatewayKind.ModbusRtu, "/dev/ttyUSB0")] }).Merged;
    static readonly DateOnly Later = new(2026, 1, 1);

    public static TheoryData<string, string, RegistryRows> Faults => new()
    {
        { "institutions.csv:9 code", "must be 1 to 64 letters", Institutions(Rows.Institution("A B", 9)) },
        { "institutions.csv:9 code", "must be 1 to 64 letters", Institutions(Rows.Institution("", 9)) },
        { "institutions.csv:9 code", "name of the whole", Institutions(Rows.Institution("county", 9)) },
        { "institutions.csv:9 name", "must be given", Institutions(Rows.Institution("S-9", 9, name: " ")) },
        { "institutions.csv:9 type", "7 is not one of 01, 021", Institutions(Rows.Institution("S-9", 9, type: "7")) },
        { "institutions.csv:9 parent", "there is no institution NONE",
            Institutions(Rows.Institution("S-9", 9, parent: "NONE")) },
        { "institutions.csv:9 parent", "EDU → S-1 → EDU",
            Institutions(Rows.Institution("EDU", 9, parent: "S-1", from: Later)) },
        { "institutions.csv:9 parent", "its own parent", Institutions(Rows.Institution("S-9", 9, parent: "S-9")) },
        { "institutions.csv:9 valid_to", "later than valid_from",
            Institutions(Rows.Institution("S-9", 9, from: Later, to: Later)) },
        { "institutions.csv:9 code", "repeats institution S-9 from 2024-01-01 of institutions.csv:8",
            Institutions(Rows.Institution("S-9", 8), Rows.Institution("S-9", 9)) },
        { "institutions.csv:9 valid_from", "overlaps institutions.csv:8, which is valid to 2027-01-01",
            Institutions(Rows.Institution("S-9", 8, to: new(2027, 1, 1)), Rows.Institution("S-9", 9, from: Later)) },
        { "areas.csv:9 institution", "there is no institution NONE", new() { Areas = [Rows.Area("NONE", 9, 1)] } },
        { "areas.csv:9 floor_area_m2", "-1 must be 0 or more", new() { Areas = [Rows.Area("S-1", 9, -1)] } },
        { "areas.csv:9 floor_area_m2", "must be 0 or more", new() { Areas = [Rows.Area("S-1", 9, double.NaN)] } },
        { "areas.csv:9 heated_area_m2", "not be more than floor_area_m2",
            new() { Areas = [Rows.Area("S-1", 9, 10, heated: 11)] } },
        { "headcounts.csv:9 institution", "there is no institution NONE",
            new() { HeadCounts = [Rows.Heads("NONE", 9, "staff", 1)] } },
        { "headcounts.csv:9 count", "-1 must be 0 or more",
            new() { HeadCounts = [Rows.Heads("S-1", 9, "staff", -1)] } },
        { "headcounts.csv:9 category", "must be given", new() { HeadCounts = [Rows.Heads("S-1", 9, "", 1)] } },
        { "gateways.csv:9 endpoint", "must be host:port",
            Gateways(Rows.Gateway("G-9", 9, GatewayKind.ModbusTcp, "10.0.0.9")) },
        { "gateways.csv:9 endpoint", "must be host:port",
            Gateways(Rows.Gateway("G-9", 9, GatewayKind.ModbusTcp, "10.0.0.9:0")) },
        { "gateways.csv:9 endpoint", "must be host:port",
            Gateways(Rows.Gateway("G-9", 9, GatewayKind.ModbusTcp, "10.0.0.9:70000")) },
        { "gateways.csv:9 endpoint", "must be host:port",
            Gateways(Rows.Gateway("G-9", 9, GatewayKind.ModbusRtuOverTcp, "::1:502")) },
        { "gateways.csv:9 endpoint", "must be host:port",
            Gateways(Rows.Gateway("G-9", 9, GatewayKind.ModbusRtuOverTcp, "a b:502")) },
        { "gateways.csv:9 endpoint", "must be host:port",
            Gateways(Rows.Gateway("G-9", 9, GatewayKind.ModbusRtuOverTcp)) },
        { "gateways.csv:9 endpoint", "must be a serial port of this machine",
            Gateways(Rows.Gateway("G-9", 9, GatewayKind.ModbusRtu, "10.0.0.9:502")) },
        { "gateways.csv:9 endpoint", "parity 'x' must be none, even or odd",
            Gateways(Rows.Gateway("G-9", 9, GatewayKind.ModbusRtu, "/dev/ttyUSB0?parity=x")) },
        { "gateways.csv:9 endpoint", "G-8 has the same port set to /dev/ttyUSB0",
            Gateways(Rows.Gateway("G-9", 9, GatewayKind.ModbusRtu, "/dev/ttyUSB0?baud=2400")) },
        { "gateways.csv:9 endpoint", "must be empty",
            Gateways(Rows.Gateway("G-9", 9, GatewayKind.Mqtt, "10.0.0.9:502")) },
        { "gateways.csv:9 kind", "99 is no kind", Gateways(Rows.Gateway("G-9", 9, (GatewayKind)99)) },
        { "gateways.csv:9 username", "also the user name of GW-1", Gateways(Rows.Gateway("G-9", 9, username: "GW-1")) },
        { "meters.csv:9 institution", "there is no institution NONE", Meters(Rows.Meter("M-9", 9, "NONE")) },
        { "meters.csv:9 parent", "there is no meter NONE", Meters(Rows.Meter("M-9", 9, parent: "NONE")) },
        { "meters.csv:9 parent", "M-3 counts water, not electricity", Meters(Rows.Meter("M-9", 9, parent: "M-3")) },
        { "meters.csv:9 parent", "M-1 → M-2 → M-1", Meters(Rows.Meter("M-1", 9, parent: "M-2", from: Later)) },
        { "meters.csv:9 gateway", "there is no gateway NONE", Meters(Rows.Meter("M-9", 9, gateway: "NONE")) },
        { "meters.csv:9 model", "GW-2 is polled", Meters(Rows.Meter("M-9", 9, gateway: "GW-2")) },
        { "meters.csv:9 role", "role of electricity meters",
            Meters(Rows.Meter("M-9", 9, carrier: Carrier.Water, role: MeterRole.PvGeneration)) },
        { "meters.csv:9 role", "77 is no role", Meters(Rows.Meter("M-9", 9, role: (MeterRole)77)) },
        { "meters.csv:9 carrier", "88 is no carrier", Meters(Rows.Meter("M-9", 9, carrier: (Carrier)88)) },
        { "meters.csv:9 carrier", "needs another code",
            Meters(Rows.Meter("M-4", 9, carrier: Carrier.Water, gateway: null, from: Later)) },
        { "meters.csv:9 multiplier", "0 must be more than 0", Meters(With(facts => facts with { Multiplier = 0 })) },
        { "meters.csv:9 multiplier", "-40 must be more than 0",
            Meters(With(facts => facts with { Multiplier = -40 })) },
        { "meters.csv:9 rated_power_kw", "must be more than 0",
            Meters(With(facts => facts with { RatedPowerKw = double.PositiveInfinity })) },
        { "meters.csv:9 register_max", "must be more than 0", Meters(With(facts => facts with { RegisterMax = 0 })) },
        { "meters.csv:9 interval_s", "must be between 1 and", Meters(With(facts => facts with { IntervalS = 0 })) },
        { "meters.csv:9 address", "M-1 has the address M-1 behind GW-1",
            Meters(With(facts => facts with { Address = "M-1" })) },
        { "meters.csv:9 valid_to", "later than valid_from", Meters(Rows.Meter("M-9", 9, to: new(2023, 1, 1))) },
        { "replacements.csv:9 meter", "there is no meter NONE",
            new() { Replacements = [new(Rows.At("replacements.csv", 9), "NONE", new(new(1), 1, 0))] } },
        { "replacements.csv:9 end_reading", "must be 0 or more",
            new() { Replacements = [new(Rows.At("replacements.csv", 9), "M-1", new(new(1), -1, 0))] } },
        { "targets.csv:9 indicator", "happiness is not one of",
            new() { Targets = [Rows.Target(9, indicator: "happiness")] } },
        { "targets.csv:9 base_year", "between 2000 and the year", new() { Targets = [Rows.Target(9, year: 2024)] } },
        { "targets.csv:9 reduction_percent", "reduction_percent or cap",
            new() { Targets = [Rows.Target(9, percent: null)] } },
        { "targets.csv:9 reduction_percent", "between -100 and 100",
            new() { Targets = [Rows.Target(9, percent: 250)] } },
        { "targets.csv:9 cap", "must be more than 0", new() { Targets = [Rows.Target(9, cap: -1)] } },
        { "pv_sites.csv:9 generation_meter", "there is no meter NONE",
            new() { PvSites = [Rows.PvSite(9, meter: "NONE")] } },
        { "pv_sites.csv:9 capacity_kwp", "-1 must be more than 0", new() { PvSites = [Rows.PvSite(9, capacity: -1)] } },
        { "addresses.csv:9 institution", "there is no institution NONE",
            new() { Addresses = [Rows.Address(9, NoticeChannel.Mail, "a@b", institution: "NONE")] } },
        { "addresses.csv:9 address", "no mail address",
            new() { Addresses = [Rows.Address(9, NoticeChannel.Mail, "nobody")] } },
        { "addresses.csv:9 address", "no http or https address",
            new() { Addresses = [Rows.Address(9, NoticeChannel.Webhook, "file:///etc")] } },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_wrong_row_is_named_with_its_place_and_reason(string place, string reason, RegistryRows rows)
    {
        var fault = Assert.Single(RegistryEdit.Of(Known, rows).Faults);
        Assert.Equal(place, $"{fault.File}:{fault.Line} {fault.Column}");
        Assert.Contains(reason, fault.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_county_that_is_right_has_no_fault()
    {
        Assert.Empty(RegistryEdit.Of(new RegistryRows(), Rows.County).Faults);
        Assert.Empty(RegistryEdit.Of(Known, Rows.County).Faults);
    }

    [Theory]
    [InlineData("plc.school.example:502"), InlineData("10.0.0.7:1"), InlineData("[2001:db8::7]:502"),
        InlineData("plc:65535")]
    public void An_endpoint_is_host_and_port(string endpoint) =>
        Assert.Empty(RegistryEdit.Of(Known, Gateways(Rows.Gateway("G-9", 9, GatewayKind.ModbusTcp, endpoint))).Faults);

    [Fact]
    public void Two_gateways_may_share_a_serial_port_that_both_set_alike() =>
        Assert.Empty(RegistryEdit.Of(Known, Gateways(
            Rows.Gateway("G-8", 8, GatewayKind.ModbusRtu, "/dev/ttyUSB0"),
            Rows.Gateway("G-9", 9, GatewayKind.ModbusRtu, "/dev/ttyUSB0?baud=9600"))).Faults);

    [Fact]
    public void All_faults_are_found_at_once_in_the_order_of_files_and_lines()
    {
        var faults = RegistryEdit.Of(
            new RegistryRows(),
            Rows.County with
            {
                Meters = [.. Rows.County.Meters, Rows.Meter("M-9", 11, "NONE", gateway: "NONE"),
                    Rows.Meter("M-8", 10, parent: "NONE")],
                Areas = [Rows.Area("S-1", 7, -1), Rows.Area("S-2", 5, 10, heated: 12)],
            }).Faults;
        Assert.Equal(
            ["areas.csv:5 heated_area_m2", "areas.csv:7 floor_area_m2", "meters.csv:10 parent",
                "meters.csv:11 institution", "meters.csv:11 gateway"],
            faults.Select(fault => $"{fault.File}:{fault.Line} {fault.Column}"));
    }

    [Fact]
    public void A_cycle_that_begins_only_later_is_found_too()
    {
        // S-2 reports to S-1 from 2026 on; a row that puts S-1 under S-2 from 2025 closes the cycle a year after it
        // begins.
        var known = RegistryEdit.Of(Known, Institutions(Rows.Institution("S-2", 1, parent: "S-1", from: Later))).Merged;
        var fault = Assert.Single(
            RegistryEdit.Of(known, Institutions(Rows.Institution("S-1", 9, parent: "S-2", from: new(2025, 1, 1))))
                .Faults);
        Assert.Contains("from 2026-01-01", fault.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Parents_that_change_places_over_time_are_no_cycle()
    {
        var edit = RegistryEdit.Of(
            Known, Institutions(
                Rows.Institution("EDU", 8, parent: "S-1", from: Later), Rows.Institution("S-1", 9, from: Later)));
        Assert.Empty(edit.Faults);
    }

    [Fact]
    public void A_tree_too_deep_is_refused_where_it_becomes_so()
    {
        var rows = Enumerable.Range(0, 17)
            .Select(i => Rows.Institution($"L{i}", 2 + i, parent: i == 0 ? null : $"L{i - 1}"));
        var fault = Assert.Single(RegistryEdit.Of(new RegistryRows(), Institutions([.. rows])).Faults);
        Assert.Equal(("parent", 18), (fault.Column, fault.Line));
    }

    [Fact]
    public void Two_meters_may_have_one_address_one_after_the_other()
    {
        var old = Rows.Meter("M-8", 8, to: new DateOnly(2025, 1, 1));
        var next = Rows.Meter("M-9", 9, from: new DateOnly(2025, 1, 1));
        old = old with { Facts = old.Facts with { Address = "x" } };
        next = next with { Facts = next.Facts with { Address = "x" } };
        Assert.Empty(RegistryEdit.Of(Known, Meters(old, next)).Faults);
    }

    static MeterRow With(Func<MeterFacts, MeterFacts> change)
    {
        var row = Rows.Meter("M-9", 9);
        return row with { Facts = change(row.Facts) };
    }

    static RegistryRows Institutions(params InstitutionRow[] rows) => new() { Institutions = rows };
    static RegistryRows Meters(params MeterRow[] rows) => new() { Meters = rows };
    static RegistryRows Gateways(params GatewayRow[] rows) => new() { Gateways = rows };
}
