using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Quotas;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Api.Tests;

/// <summary>Two schools with a meter, a gateway and a roof each: what one agency owns and the other must not see.</summary>
static class TwoSchools
{
    static readonly DateOnly Since = new(2024, 1, 1);
    static readonly RowPlace Place = new("test", 1);

    public static RegistryRows Rows { get; } = new()
    {
        Institutions = [Institution("A"), Institution("B")],
        Areas = [new(Place, "SCHOOL-A", Since, new FloorArea(1000, null), null), new(Place, "SCHOOL-B", Since, new FloorArea(2000, null), null)],
        HeadCounts = [new(Place, "SCHOOL-A", Since, "staff", 50, null), new(Place, "SCHOOL-B", Since, "staff", 80, null)],
        Gateways = [Gateway("A"), Gateway("B"), HttpGateway],
        Meters = [Meter("A", "MAIN", MeterRole.Main), Meter("B", "MAIN", MeterRole.Main), Meter("A", "PV", MeterRole.PvGeneration), Meter("B", "PV", MeterRole.PvGeneration), Pushed],
        PvSites = [Roof("A"), Roof("B")],
        Addresses = [new(Place, new NoticeAddress("SCHOOL-A", NoticeChannel.Portal, "", null)), new(Place, new NoticeAddress("SCHOOL-B", NoticeChannel.Portal, "", null))],
    };

    public const string HttpSecret = "a secret of the logger";

    static GatewayRow HttpGateway => new(
        Place, "GW-HTTP", "Logger", GatewayKind.Http, null, "logger", SecretHash.Create(HttpSecret, 1000), Since);

    static MeterRow Pushed => new(
        Place, "A-PUSHED", Carrier.Water, Since, null,
        new MeterFacts("SCHOOL-A", "Water", MeterRole.Main, null, 1, null, null, 3600, null, "GW-HTTP", null));

    static InstitutionRow Institution(string name) => new(Place, $"SCHOOL-{name}", Since, null, new InstitutionFacts($"{name} 学校", "021", "教育", null));

    static GatewayRow Gateway(string name) => new(Place, $"GW-{name}", $"{name} gateway", GatewayKind.Mqtt, null, $"gw-{name}", null, Since);

    static MeterRow Meter(string school, string name, MeterRole role) => new(
        Place, $"{school}-{name}", Carrier.Electricity, Since, null,
        new MeterFacts($"SCHOOL-{school}", $"{school} {name}", role, null, 1, null, null, 3600, null, $"GW-{school}", null));

    static PvSiteRow Roof(string school) => new(Place, new PvSite($"PV-{school}", $"SCHOOL-{school}", $"{school} roof", 100, 1000, $"{school}-PV", null, null, null));
}
