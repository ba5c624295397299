using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Mqtt.Brokers;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>What is wrong with the files that host applications use.</summary>
public static class SparkplugChecks
{
    /// <summary>Faults of the maps of metrics, of the listener and of each broker: each file once.</summary>
    public static IReadOnlyList<DefinitionFault> MapFaults(MqttOptions mqtt, IReadOnlyList<BrokerOptions> brokers)
    {
        ArgumentNullException.ThrowIfNull(mqtt);
        var faults = new List<DefinitionFault>();
        var hosts = brokers.Select(broker => broker.Sparkplug).OfType<SparkplugOptions>().Prepend(mqtt.Sparkplug);
        foreach (var file in hosts.Select(host => host.MapFile(mqtt)).Distinct()) MetricMapFile.Load(file, faults);
        return faults;
    }
}
