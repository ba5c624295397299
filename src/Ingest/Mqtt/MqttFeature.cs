using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Door;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Sparkplug;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EnergyWatch.Ingest.Mqtt;

public static class MqttFeature
{
    /// <summary>
    /// The MQTT listener and one source per outside broker; and <see cref="GatewaySecrets"/>, for gateways that come in
    /// by HTTP. The host maps the port:
    /// <c>kestrel.Listen(address, options.Port, listen =&gt; listen.UseConnectionHandler&lt;MqttListener&gt;())</c>.
    /// </summary>
    public static IServiceCollection AddMqtt(
        this IServiceCollection services, MqttOptions options, IReadOnlyList<BrokerOptions> brokers)
    {
        services.AddSingleton(options);
        services.AddSingleton<MqttMetrics>();
        services.AddSingleton<MqttIntake>();
        services.AddSingleton<DialectRouter>();
        services.AddSingleton<GuardedDialects>();
        services.AddSparkplug(options);
        services.AddSingleton(MqttWiring.Dialects);
        services.AddSingleton<IPayloadDecoder, DialectReplay>();
        services.AddSingleton<VerifiedSecrets>();
        services.AddSingleton<LoginGuard>();
        services.AddSingleton(provider => new GatewaySecrets(
            provider.GetRequiredService<VerifiedSecrets>(), provider.GetRequiredService<LoginGuard>()));
        services.AddSingleton<GatewayLogins>();
        services.AddSingleton<ConnectionPlaces>();
        services.AddSingleton<Doorway>();
        services.AddSingleton(MqttWiring.Strangers);
        if (options.Tls is { } tls) services.AddSingleton(provider => MqttWiring.Certificate(provider, tls));
        services.AddSingleton<IConnectionListenerFactory, GatewayTransport>();
        services.AddSingleton<MessageExchange>();
        services.AddSingleton<Wills>();
        services.AddSingleton<GatewaySessions>();
        services.AddSingleton(MqttWiring.Listener);
        services.AddSingleton<IHostedService, RevokedGateways>();
        foreach (var broker in brokers.SelectMany(broker => broker.Connections()))
            services.AddSingleton<IReadingSource>(provider => broker.Sparkplug is { } host
                ? SparkplugWiring.Source(provider, broker, host) : MqttWiring.Source(provider, broker));
        return services;
    }
}
