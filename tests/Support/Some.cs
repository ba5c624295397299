using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Support;

/// <summary>Valid things for tests that do not care which. A test names what it does care about.</summary>
public static class Some
{
    public static readonly DateOnly Day = new(2024, 1, 1);

    public static ReportingCalendar Calendar { get; } = ReportingCalendar.For("Asia/Shanghai");

    public static Instant At(string rfc3339) =>
        Instant.From(DateTimeOffset.Parse(rfc3339, System.Globalization.CultureInfo.InvariantCulture));

    public static Reading Reading(int meter, string at, double value, Quantity quantity = Quantity.EnergyImport) =>
        new(new SeriesKey(new MeterId(meter), quantity), At(at), value);

    public static Institution Institution(
        string code = "ORG-1", string system = "教育", string? parent = null, double? area = 10_000, double? heads = 500) =>
        new(code,
            new Timeline<InstitutionFacts>([new(Day, new InstitutionFacts($"{code} 学校", "021", system, parent))]),
            new Timeline<FloorArea>(area is { } m2 ? [new(Day, new FloorArea(m2, null))] : []),
            heads is { } count
                ? new Dictionary<string, Timeline<double>> { ["staff"] = new([new(Day, count)]) }
                : new Dictionary<string, Timeline<double>>());

    public static Meter Meter(
        int id = 1, string code = "M-0001", string institution = "ORG-1", Carrier carrier = Carrier.Electricity,
        MeterRole role = MeterRole.Main, double multiplier = 1, double? ratedPowerKw = null, double? registerMax = null,
        int intervalS = 900, string? gateway = "GW-01", string? model = null, string? address = null) =>
        new(new MeterId(id), code, carrier,
            new Timeline<MeterFacts>([new(Day, new MeterFacts(
                institution, code, role, null, multiplier, ratedPowerKw, registerMax, intervalS, model, gateway, address))]),
            []);

    public static Gateway Gateway(string code = "GW-01", GatewayKind kind = GatewayKind.Mqtt, string? endpoint = null, string? secretHash = null,
        string? dialect = null) =>
        new(code, code, kind, endpoint, code, secretHash, Day, dialect);

    public static RegistrySnapshot Registry(
        IEnumerable<Meter>? meters = null, IEnumerable<Gateway>? gateways = null, IEnumerable<Institution>? institutions = null,
        long version = 1) =>
        new(version, institutions ?? [Institution()], meters ?? [Meter()], gateways ?? [Gateway()], [], [], []);
}
