namespace EnergyWatch.Ingest.Mqtt;

/// <summary>An outside broker that gateways publish to and that we subscribe at.</summary>
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

    /// <summary>Topic filters to subscribe to at QoS 1.</summary>
    public IReadOnlyList<string> Topics { get; init; } = ["energywatch/v1/+/readings"];

    /// <summary>
    /// Code of the gateway that stands behind this broker alone: what comes in its dialect on topics that name no
    /// gateway is its own.
    /// </summary>
    public string? Gateway { get; init; }
    public bool Tls { get; init; }

    /// <summary>
    /// PEM file of the authority that signed the broker's certificate, where the machine does not know it.
    /// </summary>
    public string? CaFile { get; init; }
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The largest packet taken from the broker, in bytes.</summary>
    public int MaxPacketBytes { get; init; } = 256 * 1024;

    /// <summary>Messages that may wait for storage at once; beyond it we stop reading.</summary>
    public int ReceiveMaximum { get; init; } = 1024;

    /// <summary>What those messages may hold together, in bytes.</summary>
    public int InFlightBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Speak MQTT 5.0; else 3.1.1, which every broker understands.</summary>
    public bool Mqtt5 { get; init; }

    /// <summary>The pause after a first lost connection; it doubles up to <see cref="LongestRetry"/>.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromMinutes(1);

    public int EffectivePort => Port ?? (Tls ? 8883 : 1883);
}
