using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Store.Tests.Registry;

/// <summary>
/// Registry rows that are right, for tests that make one of them wrong. Each stands on its own line of its file.
/// </summary>
static class Rows
{
    public static readonly DateOnly Day = new(2024, 1, 1);

    public static RegistryRows County => new()
    {
        Institutions = [Institution("EDU", 2), Institution("S-1", 3, parent: "EDU"),
            Institution("S-2", 4, parent: "EDU")],
        Areas = [Area("S-1", 2, 12_000)],
        HeadCounts = [Heads("S-1", 2, "staff", 80), Heads("S-1", 3, "students", 900)],
        Gateways = [Gateway("GW-1", 2) with { Dialect = "tasmota" }, Gateway("GW-2", 3, GatewayKind.ModbusTcp, "10.0.0.7:502")],
        Meters =
        [
            Meter("M-1", 2, "S-1"), Meter("M-2", 3, "S-1", role: MeterRole.Sub, parent: "M-1"),
            Meter("M-3", 4, "S-2", carrier: Carrier.Water, gateway: "GW-2", model: "acme"),
            Meter("M-4", 5, "S-2", role: MeterRole.PvGeneration, gateway: null),
        ],
        Replacements = [new ReplacementRow(
            At("replacements.csv", 2), "M-1", new MeterReplacement(new Instant(1_768_000_000_000), 9998, 3))],
        Targets = [Target(2)],
        PvSites = [PvSite(2)],
        Addresses = [Address(2, NoticeChannel.Mail, "head@s-1.example")],
    };

    public static InstitutionRow Institution(
        string code, int line, string? parent = null, string name = "第一小学", string type = "021", DateOnly? from = null,
        DateOnly? to = null) =>
        new(At("institutions.csv", line), code, from ?? Day, to, new InstitutionFacts(name, type, "教育", parent));

    public static AreaRow Area(
        string institution, int line, double floor, double? heated = null, DateOnly? from = null) =>
        new(At("areas.csv", line), institution, from ?? Day, new FloorArea(floor, heated), "房产证");

    public static HeadCountRow Heads(
        string institution, int line, string category, double count, DateOnly? from = null) =>
        new(At("headcounts.csv", line), institution, from ?? Day, category, count, null);

    public static GatewayRow Gateway(
        string code, int line, GatewayKind kind = GatewayKind.Mqtt, string? endpoint = null, string? username = null,
        string? secret = "hash", DateOnly? from = null) =>
        new(At("gateways.csv", line), code, code, kind, endpoint, username, secret, from ?? Day);

    public static MeterRow Meter(
        string code, int line, string institution = "S-1", Carrier carrier = Carrier.Electricity,
        MeterRole role = MeterRole.Main, string? parent = null, string? gateway = "GW-1", string? model = null,
        DateOnly? from = null, DateOnly? to = null) =>
        new(At("meters.csv", line), code, carrier, from ?? Day, to,
            new MeterFacts(institution, code + " 总表", role, parent, 40, 250, 999_999.99, 900, model, gateway, null));

    public static TargetRow Target(
        int line, int year = 2026, string indicator = "energy_total", double? percent = 2.5, double? cap = null) =>
        new(At("targets.csv", line), new(year, indicator, 2025, percent, cap, "县节能办〔2026〕3号"));

    public static PvSiteRow PvSite(int line, string meter = "M-4", double capacity = 305.5) =>
        new(At("pv_sites.csv", line), new("PV-1", "S-2", "屋顶", capacity, 3055, meter, null, null, null));

    public static AddressRow Address(
        int line, NoticeChannel channel, string address, string? secret = null, string institution = "S-1") =>
        new(At("addresses.csv", line), new NoticeAddress(institution, channel, address, secret));

    public static RowPlace At(string file, int line) => new(file, line);
}
