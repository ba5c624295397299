using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Sparkplug;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Sparkplug;

/// <summary>Which maps of metrics are refused, with what place and reason.</summary>
public sealed class MetricMapFileTests
{
    static readonly MqttOptions Shipped = new() { DialectsFolder = Repository.PathOf("seeds", "dialects") };

    [Theory]
    [InlineData("units: { kwh: kiloWh }", "units", "kwh must be one of ")]
    [InlineData("units: { kwh: [kWh] }", "units", "kwh must be one of ")]
    [InlineData("metrics: [{ name: P, quantity: power, unit: kWh }]", "metrics[0].unit", "must be one of kW, W, MW")]
    [InlineData("metrics: [{ name: P, quantity: might }]", "metrics[0].quantity", "must be one of ")]
    [InlineData("metrics: [{ name: \"{meter}/{meter}/P\", quantity: power }]", "metrics[0].name", "must hold {meter} once at most")]
    [InlineData("metric: []", "metric", "is not a known key")]
    public void Fault_is_told_with_its_place_and_what_is_allowed(string line, string place, string reason)
    {
        var faults = new List<DefinitionFault>();
        var text = $"schema: 1\nunit_properties: [unit]\n{line}\n";
        Assert.Null(MetricMapFile.Read("metrics.yaml", new StringReader(text), faults));
        var fault = Assert.Single(faults);
        Assert.Equal(("metrics.yaml", 3, place), (fault.File, fault.Line, fault.Place));
        Assert.StartsWith(reason, fault.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Map_that_comes_with_the_service_is_good() => Assert.Empty(SparkplugChecks.MapFaults(Shipped, []));

    [Fact]
    public void Maps_of_the_listener_and_of_each_broker_are_looked_at_once()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("a.yaml"), "schema: 2");
        var host = new SparkplugOptions { MetricsFile = folder.File("a.yaml") };
        var broker = new BrokerOptions { Name = "site", Host = "broker", ClientId = "energywatch", Sparkplug = host };
        var faults = SparkplugChecks.MapFaults(Shipped with { Sparkplug = host }, [broker, broker]);
        Assert.All(faults, fault => Assert.Equal(folder.File("a.yaml"), fault.File));
        Assert.Single(faults, fault => fault.Place == "schema");
    }
}
