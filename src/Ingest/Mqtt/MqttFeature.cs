using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Mqtt;

public static class MqttFeature
{
    /// <summary>
    /// The MQTT listener and one source per outside broker. The host maps the port:
    /// <c>kestrel.Listen(address, options.Port, listen =&gt; listen.UseConnectionHandler&lt;MqttListener&gt;())</c>.
    /// </summary>
    public static IServiceCollection AddMqtt(
        this IServiceCollection services, MqttOptions options, IReadOnlyList<BrokerOptions> brokers)
    {
        services.AddSingleton(options);
        services.AddSingleton(brokers);
        services.AddSingleton<MqttListener>();
        return services;
    }
}
