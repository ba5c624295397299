using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Domain.Tests.Readings;

public sealed class QuantitiesTests
{
    public static TheoryData<Quantity> Every => [.. Enum.GetValues<Quantity>()];

    [Theory]
    [MemberData(nameof(Every))]
    public void Every_quantity_has_a_key_and_one_unit_and_is_found_by_its_key(Quantity quantity)
    {
        var info = quantity.Info();
        Assert.Equal(quantity, info.Quantity);
        Assert.NotEmpty(info.Unit);
        Assert.True(Quantities.TryParse(info.Key, out var found));
        Assert.Equal(quantity, found);
        Assert.True(Quantities.TryParse(info.Key.AsSpan(), out found));
        Assert.Equal(quantity, found);
        Assert.True(Quantities.TryParse(Encoding.UTF8.GetBytes(info.Key), out found));
        Assert.Equal(quantity, found);
    }

    [Fact]
    public void Keys_are_distinct() => Assert.Equal(Quantities.All.Count, Quantities.All.Select(info => info.Key).Distinct().Count());

    [Theory]
    [InlineData("")]
    [InlineData("Energy_Import")]
    [InlineData("energy")]
    public void An_unknown_key_is_refused(string key)
    {
        Assert.False(Quantities.TryParse(key, out _));
        Assert.False(Quantities.TryParse(Encoding.UTF8.GetBytes(key), out _));
    }

    [Fact]
    public void One_wrong_byte_in_a_key_makes_it_unknown()
    {
        foreach (var key in Quantities.All.Select(info => Encoding.UTF8.GetBytes(info.Key)))
            for (var at = 0; at < key.Length; at++)
                for (var b = 0; b < 256; b++)
                {
                    byte[] other = [.. key];
                    other[at] = (byte)b;
                    Assert.Equal(
                        Quantities.TryParse(Encoding.Latin1.GetString(other), out var expected),
                        Quantities.TryParse(other, out var found));
                    Assert.Equal(expected, found);
                }
    }

    [Fact]
    public void Every_carrier_has_a_key_and_a_unit()
    {
        Assert.Equal(Enum.GetValues<Carrier>(), Carriers.All);
        Assert.All(Carriers.All, carrier => Assert.True(Carriers.TryParse(carrier.Key(), out var found) && found == carrier));
        Assert.All(Carriers.All, carrier => Assert.NotEmpty(carrier.Unit()));
    }

    [Fact]
    public void Usage_is_counted_from_registers_or_intervals_and_never_from_momentary_values() =>
        Assert.All(
            from carrier in Carriers.All from role in Enum.GetValues<MeterRole>() from quantity in MeterRoles.UsageQuantities(carrier, role) select quantity,
            quantity => Assert.NotEqual(QuantityKind.Gauge, quantity.Info().Kind));
}
