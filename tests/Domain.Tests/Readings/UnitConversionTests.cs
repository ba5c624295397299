using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Domain.Tests.Readings;

public sealed class UnitConversionTests
{
    [Theory]
    [InlineData("Wh", "kWh", 1234.5, 1.2345)]
    [InlineData("MWh", "kWh", 0.25, 250)]
    [InlineData("MJ", "kWh", 3.6, 1)]
    [InlineData("GJ", "kWh", 3.6, 1000)]
    [InlineData("W", "kW", -41200, -41.2)]
    [InlineData("MWh", "GJ", 10, 36)]
    [InlineData("kWh", "GJ", 1000, 3.6)]
    [InlineData("Gcal", "GJ", 2, 8.3736)]
    [InlineData("L", "m3", 1500, 1.5)]
    [InlineData("L/s", "m3/h", 10, 36)]
    [InlineData("L/min", "m3/h", 100, 6)]
    [InlineData("%", "1", 98.5, 0.985)]
    [InlineData("K", "°C", 300, 26.85)]
    [InlineData("°F", "°C", 212, 100)]
    [InlineData("mA", "A", 1, 0.001)]
    public void A_value_in_the_meters_unit_becomes_canonical(string unit, string canonical, double read, double expected)
    {
        Assert.True(UnitConversion.TryFind(unit, canonical, out var conversion));
        Assert.Equal(expected, conversion.Apply(read), 9);
    }

    [Theory]
    [InlineData("kvarh", "kWh")]
    [InlineData("kw", "kW")]
    [InlineData("m3", "kWh")]
    [InlineData(null, "kWh")]
    public void A_unit_of_something_else_has_no_conversion(string? unit, string canonical) =>
        Assert.False(UnitConversion.TryFind(unit, canonical, out _));

    [Fact]
    public void Every_canonical_unit_converts_to_itself_unchanged()
    {
        var units = Quantities.All.Select(info => info.Unit).Concat(Carriers.All.Select(carrier => carrier.Unit())).Distinct();
        Assert.All(units, unit =>
        {
            Assert.True(UnitConversion.TryFind(unit, unit, out var conversion), unit);
            Assert.Equal(UnitConversion.Same, conversion);
            Assert.Equal(unit, UnitConversion.UnitsFor(unit)[0]);
        });
    }
}
