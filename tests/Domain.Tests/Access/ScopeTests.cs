using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Support;

namespace EnergyWatch.Domain.Tests.Access;

public sealed class ScopeTests
{
    static readonly DateOnly Today = new(2026, 3, 17);

    static readonly RegistrySnapshot County = Some.Registry(
        institutions:
        [
            Some.Institution("BUREAU", "党政机关"), Some.Institution("SCHOOL", "教育", parent: "BUREAU"), Some.Institution("HOSPITAL", "卫生"),
        ],
        meters: [Some.Meter(1, "M-S", "SCHOOL", gateway: "GW-01"), Some.Meter(2, "M-H", "HOSPITAL", gateway: "GW-02")],
        gateways: [Some.Gateway("GW-01"), Some.Gateway("GW-02")]);

    [Theory]
    [InlineData("county", "BUREAU,HOSPITAL,SCHOOL", "M-H,M-S")]
    [InlineData("BUREAU", "BUREAU,SCHOOL", "M-S")]
    [InlineData("SCHOOL", "SCHOOL", "M-S")]
    [InlineData("system:卫生", "HOSPITAL", "M-H")]
    [InlineData("type:021", "BUREAU,HOSPITAL,SCHOOL", "M-H,M-S")]
    [InlineData("type:03", "", "")]
    [InlineData("NOBODY", "", "")]
    [InlineData("system:", "", "")]
    public void A_scope_holds_its_institutions_and_their_meters_and_nothing_else(string scope, string institutions, string meters)
    {
        var seen = new Scope(scope).Of(County, Today);
        Assert.Equal(institutions, string.Join(",", seen.Institutions.Select(institution => institution.Code)));
        Assert.Equal(meters, string.Join(",", seen.Meters.Select(meter => meter.Code)));
    }

    [Fact]
    public void What_lies_outside_a_scope_cannot_be_looked_up()
    {
        var seen = new Scope("SCHOOL").Of(County, Today);
        Assert.Null(seen.Meter("M-H"));
        Assert.Null(seen.Institution("HOSPITAL"));
        Assert.Null(seen.Gateway("GW-02"));
    }

    [Fact]
    public void A_cycle_of_parents_does_not_hang_a_scope()
    {
        var registry = Some.Registry(institutions: [Some.Institution("A", parent: "B"), Some.Institution("B", parent: "A")], meters: []);
        Assert.Empty(new Scope("C").Of(registry, Today).Institutions);
    }
}
