using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Mqtt.Dialects;

/// <summary>The dialects that come with the service: each proves itself, or it does not load.</summary>
public sealed class ShippedDialectTests
{
    static readonly DialectCatalog Shipped = DialectCatalog.Load([Repository.PathOf("seeds", "dialects")]);

    [Fact]
    public void Every_shipped_dialect_loads_and_passes_its_own_tests()
    {
        Assert.True(Shipped.Faults.Count == 0, string.Join("\n", Shipped.Faults));
        Assert.Equal(
            Directory.GetFiles(Repository.PathOf("seeds", "dialects"), "*.yaml").Select(Path.GetFileNameWithoutExtension).Order(),
            Shipped.All.Select(dialect => dialect.Name).Order());
    }

    [Fact]
    public async Task Those_that_are_code_are_listed_as_the_service_speaks_them()
    {
        var list = DialectList.Load(new MqttOptions { DialectsFolder = Repository.PathOf("seeds", "dialects") });
        await using var listener = await ListenerUnderTest.StartAsync();
        Assert.Equal(
            listener.Services.GetRequiredService<DialectCatalog>().All.Select(dialect => dialect.Name), list.All.Select(row => row.Name));
        Assert.True(list.Knows("sparkplug"));
        Assert.False(list.Knows("klingon"));
    }
}
