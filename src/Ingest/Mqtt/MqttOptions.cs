namespace EnergyWatch.Ingest.Mqtt;

/// <summary>Settings of the MQTT listener, the place where gateways deliver. Sizes in bytes.</summary>
public sealed record MqttOptions
{
    public bool Enabled { get; init; } = true;

    /// <summary>Address to listen on; anything wider than loopback belongs behind TLS or in a closed network.</summary>
    public string Bind { get; init; } = "127.0.0.1";
    public int Port { get; init; } = 1883;

    /// <summary>The largest packet a gateway that has logged in may send.</summary>
    public int MaxPacketBytes { get; init; } = 256 * 1024;

    /// <summary>The largest CONNECT: what a stranger can make us hold.</summary>
    public int MaxConnectBytes { get; init; } = 8 * 1024;

    public int MaxConnections { get; init; } = 4096;

    /// <summary>Connections that one address may hold; counted before anybody has logged in.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 1024;

    /// <summary>Publishes of one connection that may wait for storage at once; announced to MQTT 5 clients.</summary>
    public int ReceiveMaximum { get; init; } = 128;

    /// <summary>What those publishes may hold together.</summary>
    public int InFlightBytes { get; init; } = 1024 * 1024;

    /// <summary>How long a stranger may take until its CONNECT is complete.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Failed logins of one address under one user name before it has to wait.</summary>
    public int LockoutFailures { get; init; } = 5;

    /// <summary>For how long it has to wait, and for how long a failure counts.</summary>
    public TimeSpan LockoutTime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the session of a gateway that is away is remembered at most.</summary>
    public TimeSpan SessionExpiry { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long a stopping service waits for what is in flight, so that it can still be acknowledged.
    /// </summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
