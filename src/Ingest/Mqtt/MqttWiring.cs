using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Door;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Sparkplug;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>Puts the listener and the broker sources together from their parts.</summary>
static class MqttWiring
{
    public static MqttSource Source(IServiceProvider provider, BrokerOptions broker)
    {
        var intake = provider.GetRequiredService<MqttIntake>();
        return Source(provider, broker, new SiteReadings(broker, intake, provider.GetRequiredService<DialectRouter>()));
    }

    public static MqttSource Source(IServiceProvider provider, BrokerOptions broker, IBrokerPurpose purpose)
    {
        var way = $"broker:{broker.Name}";
        var metrics = provider.GetRequiredService<MqttMetrics>();
        var parts = new ClientParts
        {
            Flow = metrics.FlowOf(way),
            Clock = provider.GetRequiredService<TimeProvider>(),
            Log = provider.GetRequiredService<ILogger<MqttSource>>(),
        };
        var source = new MqttSource(broker, purpose, parts, Random.Shared.NextDouble);
        metrics.Observe(way, () => source.IsConnected ? 1 : 0, () => source.InFlight);
        return source;
    }

    /// <summary>The dialects that are code, for who lists them without a running service.</summary>
    public static IReadOnlyList<DialectRow> Spoken { get; } =
        [DialectList.Spoken(SparkplugDialect.Known, "Sparkplug B edge nodes; part of the program, their metrics in sparkplug/metrics.yaml")];

    /// <summary>The dialects of the configured folders, and those that are code.</summary>
    public static DialectCatalog Dialects(MqttOptions options, params IEnumerable<IDialect> spoken) =>
        DialectCatalog.Load(options.DialectFolders, spoken);

    public static DialectCatalog Dialects(IServiceProvider provider)
    {
        var catalog = Dialects(provider.GetRequiredService<MqttOptions>(), provider.GetServices<IDialect>());
        var log = provider.GetRequiredService<ILogger<DialectCatalog>>();
        foreach (var fault in catalog.Faults) log.DialectNotLoaded(fault);
        foreach (var replaced in catalog.Replaced) log.DialectReplaced(replaced);
        return catalog;
    }

    public static StrangerLog Strangers(IServiceProvider provider) =>
        new(provider.GetRequiredService<ILogger<MqttListener>>(), provider.GetRequiredService<TimeProvider>());

    public static ListenerCertificate Certificate(IServiceProvider provider, MqttTlsOptions tls)
    {
        var sessions = provider.GetRequiredService<GatewaySessions>();
        var certificate = new ListenerCertificate(
            tls, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<MqttListener>>(),
            provider.GetRequiredService<StrangerLog>());
        certificate.Renewed = () =>
        {
            foreach (var connection in sessions.Connected) connection.LookAtCertificate();
        };
        return certificate;
    }

    public static MqttListener Listener(IServiceProvider provider)
    {
        const string way = "listener";
        var metrics = provider.GetRequiredService<MqttMetrics>();
        var sessions = provider.GetRequiredService<GatewaySessions>();
        var intake = provider.GetRequiredService<MqttIntake>();
        var sink = provider.GetRequiredService<IReadingSink>();
        var options = provider.GetRequiredService<MqttOptions>();
        if (options.IsOpen) provider.GetRequiredService<ILogger<MqttListener>>().OpenTestAccess();
        metrics.Observe(
            way, () => sessions.Connected.Count, () => sessions.Connected.Sum(connection => (long)connection.InFlight));
        return new MqttListener(new ListenerParts
        {
            Options = options,
            Logins = provider.GetRequiredService<GatewayLogins>(),
            Sessions = sessions,
            Places = provider.GetRequiredService<ConnectionPlaces>(),
            Strangers = provider.GetRequiredService<StrangerLog>(),
            Exchange = provider.GetRequiredService<MessageExchange>(),
            Rules = [.. options.TopicRules.Select(TopicRule.Parse).OfType<TopicRule>()],
            Intake = intake,
            Dialects = provider.GetRequiredService<DialectCatalog>(),
            Sink = sink,
            Flow = metrics.FlowOf(way),
            Clock = provider.GetRequiredService<TimeProvider>(),
            Log = provider.GetRequiredService<ILogger<MqttListener>>(),
        });
    }
}
