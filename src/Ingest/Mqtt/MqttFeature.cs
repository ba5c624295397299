using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

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
        services.AddSingleton<MqttMetrics>();
        services.AddSingleton<MqttIntake>();
        services.AddSingleton<VerifiedSecrets>();
        services.AddSingleton<LoginGuard>();
        services.AddSingleton<GatewayLogins>();
        services.AddSingleton<GatewaySessions>();
        services.AddSingleton(Listener);
        services.AddSingleton<IHostedService, RevokedGateways>();
        foreach (var broker in brokers) services.AddSingleton<IReadingSource>(provider => Source(provider, broker));
        return services;
    }

    static MqttSource Source(IServiceProvider provider, BrokerOptions broker)
    {
        var way = $"broker:{broker.Name}";
        var clock = provider.GetRequiredService<TimeProvider>();
        var metrics = provider.GetRequiredService<MqttMetrics>();
        var log = provider.GetRequiredService<ILogger<MqttSource>>();
        var parts = new ClientParts
        {
            Intake = provider.GetRequiredService<MqttIntake>(),
            Flow = metrics.FlowOf(way),
            Topics = new BrokerTopics(provider.GetRequiredService<IRegistry>()),
            Clock = clock,
            Log = log,
        };
        var schedule = new RetrySchedule(clock, broker.FirstRetry, broker.LongestRetry, Random.Shared.NextDouble);
        var source = new MqttSource(broker, parts, schedule);
        metrics.Observe(way, () => source.IsConnected ? 1 : 0, () => source.InFlight);
        return source;
    }

    static MqttListener Listener(IServiceProvider provider)
    {
        const string way = "listener";
        var metrics = provider.GetRequiredService<MqttMetrics>();
        var sessions = provider.GetRequiredService<GatewaySessions>();
        var intake = provider.GetRequiredService<MqttIntake>();
        var sink = provider.GetRequiredService<IReadingSink>();
        metrics.Observe(
            way, () => sessions.Connected.Count, () => sessions.Connected.Sum(connection => (long)connection.InFlight));
        return new MqttListener(new ListenerParts
        {
            Options = provider.GetRequiredService<MqttOptions>(),
            Logins = provider.GetRequiredService<GatewayLogins>(),
            Sessions = sessions,
            Intake = intake,
            Put = (delivery, stop) => intake.PutAsync(sink, delivery, stop),
            Flow = metrics.FlowOf(way),
            Clock = provider.GetRequiredService<TimeProvider>(),
            Log = provider.GetRequiredService<ILogger<MqttListener>>(),
        });
    }
}
