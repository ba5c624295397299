using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// Puts the host applications together: the one at our own listener, and one at each broker that is to have it.
/// </summary>
static class SparkplugWiring
{
    public static IServiceCollection AddSparkplug(this IServiceCollection services, MqttOptions options)
    {
        services.AddSingleton<SparkplugMetrics>();
        services.AddSingleton(provider => Parts(
            provider, options.Sparkplug, new ServerWay(provider.GetRequiredService<MessageExchange>())));
        services.AddSingleton<SparkplugHost>();
        services.AddSingleton<IDialect, SparkplugDialect>();
        if (options.Enabled) services.AddSingleton<IHostedService, SparkplugListener>();
        return services;
    }

    public static IReadingSource Source(IServiceProvider provider, BrokerOptions broker, SparkplugOptions options)
    {
        var way = new BrokerWay();
        var parts = Parts(provider, options, way);
        var purpose = new SparkplugPurpose(broker.Name, parts, new SparkplugHost(parts), way);
        return new SparkplugSource(MqttWiring.Source(provider, broker, purpose), purpose);
    }

    static HostParts Parts(IServiceProvider provider, SparkplugOptions options, ISparkplugWay way)
    {
        var log = provider.GetRequiredService<ILogger<SparkplugHost>>();
        var metrics = provider.GetRequiredService<SparkplugMetrics>();
        // Read when the first edge node speaks: a site without any needs no such file.
        var map = new Lazy<MetricMap>(() => MapOf(options.MapFile(provider.GetRequiredService<MqttOptions>()), log));
        return new HostParts
        {
            Options = options,
            Decoder = new MetricDecoder(
                map, provider.GetRequiredService<IRegistry>(), provider.GetRequiredService<ReportingCalendar>(),
                metrics),
            Intake = provider.GetRequiredService<MqttIntake>(),
            Way = way,
            Metrics = metrics,
            Clock = provider.GetRequiredService<TimeProvider>(),
            Log = log,
        };
    }

    static MetricMap MapOf(string file, ILogger log)
    {
        var faults = new List<DefinitionFault>();
        var map = MetricMapFile.Load(file, faults);
        foreach (var fault in faults) log.SparkplugMapFault(file, fault.ToString());
        return map ?? MetricMap.Empty;
    }
}
