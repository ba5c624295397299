using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Modbus;

public sealed class ShippedModelsTests
{
    static readonly RegisterMaps Maps = RegisterMaps.Load([Repository.PathOf("seeds", "models")]);

    [Fact]
    public void Every_shipped_model_loads()
    {
        Assert.Empty(Maps.Faults);
        Assert.Equal(Directory.GetFiles(Repository.PathOf("seeds", "models"), "*.yaml").Length, Maps.All.Count);
    }

    [Theory]
    [InlineData("generic-energy-float")]
    [InlineData("eastron-sdm630")]
    [InlineData("eastron-sdm120")]
    [InlineData("chint-dtsu666")]
    [InlineData("acrel-adw300")]
    [InlineData("huawei-sun2000")]
    [InlineData("sungrow-sg")]
    [InlineData("generic-water-uint32")]
    [InlineData("generic-heat-uint32")]
    [InlineData("irradiance-sensor")]
    public void The_promised_model_is_there_under_the_name_of_its_file(string id)
    {
        var map = Maps.Find(id);
        Assert.NotNull(map);
        Assert.Equal($"{id}.yaml", Path.GetFileName(map.File));
    }

    [Fact]
    public void Every_self_test_passes()
    {
        var results = Maps.SelfTest();
        Assert.All(results, result => Assert.True(result.Passed, $"{result.Model} {result.Key}: {result.Detail}"));
        Assert.True(results.Count >= 5 * Maps.All.Count);
    }

    [Fact]
    public void Every_model_names_its_source_and_an_example_is_not_passed_off_as_a_real_one() =>
        Assert.All(Maps.All, map => Assert.Equal(map.Evidence == Evidence.Example, map.Vendor == "Generic"));
}
