using EnergyWatch.Ingest.Mqtt.Sparkplug;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>An outside broker that gateways publish to and that we subscribe at. Sizes in bytes.</summary>
public sealed record BrokerOptions
{
    /// <summary>Names the broker in logs, metrics and the quarantine.</summary>
    public required string Name { get; init; }
    public required string Host { get; init; }

    /// <summary>Null is 1883, or 8883 with TLS.</summary>
    public int? Port { get; init; }

    /// <summary>
    /// The broker keeps what arrives while we are away under this name: choose it once and never change it, and give no
    /// two processes the same.
    /// </summary>
    public required string ClientId { get; init; }
    public string? Username { get; init; }
    public string? Password { get; init; }

    /// <summary>
    /// Topic filters to subscribe to at QoS 1. None: our own readings topics, and what gateways of other dialects in the
    /// registry publish to; these follow the registry.
    /// </summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>Code of the gateway that a message belongs to whose topic names none.</summary>
    public string? Gateway { get; init; }

    /// <summary>
    /// Connections that share the subscriptions, with client ids <c>{ClientId}-1</c> and so on. Order is then lost, which
    /// the store does not mind. A worker's session keeps its share until it comes back: lower the number only when nothing
    /// is queued.
    /// </summary>
    public int Workers { get; init; } = 1;

    /// <summary>
    /// Shares the subscriptions with every other client of the same group: <c>$share/{group}/{filter}</c>. Null is
    /// <c>energywatch</c> with several workers, and not shared with one.
    /// </summary>
    public string? ShareGroup { get; init; }

    /// <summary>
    /// How long the broker keeps the session and its queue while we are away (MQTT 5; in 3.1.1 the broker's own setting
    /// counts). A week: longer than a holiday through which nobody restarts a server, and not for ever, since under a
    /// client id that nobody uses any more a broker would fill up.
    /// </summary>
    public TimeSpan SessionExpiry { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// Begin with an empty session when the service starts; what the broker has queued is lost, and so are subscriptions
    /// of an earlier configuration. For one start, not for good.
    /// </summary>
    public bool CleanStart { get; init; }
    public bool Tls { get; init; }

    /// <summary>
    /// PEM file of the authority that signed the broker's certificate, where the machine does not know it.
    /// </summary>
    public string? CaFile { get; init; }

    /// <summary>The name in the broker's certificate, where it is not <see cref="Host"/>.</summary>
    public string? ServerName { get; init; }

    /// <summary>Our own certificate: a PEM file, or a PFX (PKCS #12) file. Read again for every connection.</summary>
    public string? Certificate { get; init; }

    /// <summary>PEM file of the private key, where <see cref="Certificate"/> is a PEM file without it.</summary>
    public string? Key { get; init; }

    /// <summary>Of the PFX file, or of an encrypted key.</summary>
    public string? CertificatePassword { get; init; }
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Connected and no message for so long is a fault: it is shown, and we connect and subscribe anew. 0 is never.
    /// </summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The largest packet taken from the broker.</summary>
    public int MaxPacketBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// Messages that may wait for storage at once; beyond it we stop reading. Rate times commit time, with a reserve:
    /// 1024 carry 20,000 messages/s at 50 ms a commit. MQTT 5 tells the broker; in 3.1.1 the broker's own limit
    /// (mosquitto: <c>max_inflight_messages</c>, 20) is the ceiling, 400 messages/s at the same 50 ms.
    /// </summary>
    public int ReceiveMaximum { get; init; } = 1024;

    /// <summary>What those messages may hold together.</summary>
    public int InFlightBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>
    /// Topic aliases that the broker may set (MQTT 5); they save bytes on a metered line and cost work for each message.
    /// </summary>
    public int TopicAliasMaximum { get; init; }

    /// <summary>Speak MQTT 5.0 where the broker does, else 3.1.1. False: always 3.1.1.</summary>
    public bool Mqtt5 { get; init; } = true;

    /// <summary>
    /// Where the broker counts the QoS 1 messages that it has dropped; we warn when it grows. Empty: do not look.
    /// </summary>
    public string DropCounter { get; init; } = "$SYS/broker/publish/messages/dropped";

    /// <summary>
    /// Be a Sparkplug B host application at this broker, and nothing else: its edge nodes are the gateways of dialect
    /// sparkplug. It takes a broker entry and a client id of its own; <see cref="Topics"/>, <see cref="Workers"/> and
    /// <see cref="SessionExpiry"/> do not count for it.
    /// </summary>
    public SparkplugOptions? Sparkplug { get; init; }

    /// <summary>The pause after a first lost connection; it doubles up to <see cref="LongestRetry"/>.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromMinutes(1);

    public int EffectivePort => Port ?? (Tls ? 8883 : 1883);

    /// <summary>The group of shared subscriptions, or null where they are not shared.</summary>
    internal string? Group => ShareGroup ?? (Workers > 1 ? "energywatch" : null);

    /// <summary>The options of each of its connections.</summary>
    internal IEnumerable<BrokerOptions> Connections() => Workers == 1 || Sparkplug is not null
        ? [this]
        : Enumerable.Range(1, Workers).Select(
            n => this with { Name = $"{Name}-{n}", ClientId = $"{ClientId}-{n}", ShareGroup = Group });
}
