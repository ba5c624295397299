using EnergyWatch.Ingest.Mqtt.Sparkplug;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>Settings of the MQTT listener, the place where gateways deliver. Sizes in bytes.</summary>
public sealed record MqttOptions
{
    public bool Enabled { get; init; } = true;

    /// <summary>Address to listen on; anything wider than loopback belongs behind TLS or in a closed network.</summary>
    public string Bind { get; init; } = "127.0.0.1";
    public int Port { get; init; } = 1883;

    /// <summary>
    /// A port of its own over TLS, beside <see cref="Port"/> or, with <see cref="PlainEnabled"/> off, instead of it.
    /// </summary>
    public MqttTlsOptions? Tls { get; init; }

    /// <summary>The Sparkplug B host application that edge nodes find here.</summary>
    public SparkplugOptions Sparkplug { get; init; } = new();

    /// <summary>Serve <see cref="Port"/>, without TLS.</summary>
    public bool PlainEnabled { get; init; } = true;

    /// <summary>
    /// For conformance suites only: anybody may log in without a name, or under one that no gateway has, and use any
    /// topic; what it publishes is never stored as readings. It takes effect only where every port is bound to a
    /// loopback address.
    /// </summary>
    public bool OpenTestAccess { get; init; }

    /// <summary>
    /// What gateways may use besides their own topics:
    /// <c>{gateway or *} {publish|subscribe|both|deny} {filter}</c>, %u the user name, %c the client id.
    /// </summary>
    public IReadOnlyList<string> TopicRules { get; init; } = [];

    /// <summary>Folder of the dialects that come with the service.</summary>
    public string DialectsFolder { get; init; } = Path.Combine("seeds", "dialects");

    /// <summary>Folder of further dialects, which may replace one that comes with the service; none where empty.</summary>
    public string? UserDialectsFolder { get; init; }

    /// <summary>The folders to load dialects from, in order.</summary>
    public IReadOnlyList<string> DialectFolders =>
        string.IsNullOrWhiteSpace(UserDialectsFolder) ? [DialectsFolder] : [DialectsFolder, UserDialectsFolder];

    /// <summary>The largest packet a gateway that has logged in may send.</summary>
    public int MaxPacketBytes { get; init; } = 256 * 1024;

    /// <summary>The largest CONNECT: what a stranger can make us hold.</summary>
    public int MaxConnectBytes { get; init; } = 8 * 1024;

    /// <summary>
    /// Connections whose CONNECT is not complete, in all and of one address (of IPv6 a /64). One more takes the place of
    /// the one that has been silent longest. Two thousand gateways behind one address may come back at once.
    /// </summary>
    public int MaxStrangers { get; init; } = 4096;
    public int MaxStrangersPerAddress { get; init; } = 2048;

    /// <summary>Connections from CONNECT on, in all and of one address: a whole county may sit behind one.</summary>
    public int MaxConnections { get; init; } = 4096;
    public int MaxConnectionsPerAddress { get; init; } = 4096;

    /// <summary>
    /// After so long without a byte the network is asked whether the peer is still there; a minute later it is given up.
    /// For clients that want no keep-alive of MQTT. 0 never asks.
    /// </summary>
    public TimeSpan TcpKeepAlive { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Publishes of one connection that may wait for storage at once; announced to MQTT 5 clients.</summary>
    public int ReceiveMaximum { get; init; } = 128;

    /// <summary>What those publishes may hold together.</summary>
    public int InFlightBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// Messages a second that one connection may go on sending; it is read more slowly beyond, and loses nothing. 0 is as
    /// many as come.
    /// </summary>
    public int MaxMessagesPerSecond { get; init; } = 20_000;

    /// <summary>Topic aliases that a client may set, each a topic that we hold; 0 is none, 256 the most.</summary>
    public int TopicAliasMaximum { get; init; } = 10;

    /// <summary>The longest keep-alive a client of version 5 may have; it is told. 0 leaves it to the client.</summary>
    public TimeSpan MaxKeepAlive { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>Messages of QoS 1 and 2 that one client is sent before it acknowledges; less where it asks for less.</summary>
    public int SendMaximum { get; init; } = 20;

    /// <summary>Messages that wait for one client, connected or not; what comes when it is full is dropped.</summary>
    public int MaxQueued { get; init; } = 1000;

    /// <summary>What those may hold together, with the ones that were sent and are not acknowledged.</summary>
    public int QueuedBytes { get; init; } = 1024 * 1024;

    /// <summary>What they may hold for all clients of one gateway, and for all clients.</summary>
    public int QueuedBytesPerGateway { get; init; } = 8 * 1024 * 1024;
    public int QueuedBytesInAll { get; init; } = 256 * 1024 * 1024;

    /// <summary>Topic filters one client may subscribe to.</summary>
    public int MaxSubscriptions { get; init; } = 128;

    /// <summary>What those may hold, each level of them weighed; of one client, of one gateway, of all.</summary>
    public int SubscriptionBytes { get; init; } = 256 * 1024;
    public int SubscriptionBytesPerGateway { get; init; } = 1024 * 1024;
    public int SubscriptionBytesInAll { get; init; } = 256 * 1024 * 1024;

    /// <summary>
    /// Sessions of one gateway, connected or kept while it is away: a new one takes the place of the one that is away
    /// longest, and is refused where all are connected.
    /// </summary>
    public int MaxSessionsPerGateway { get; init; } = 128;

    /// <summary>Messages of QoS 2 that one client may leave unreleased.</summary>
    public int MaxUnreleased { get; init; } = 4096;

    /// <summary>Retained messages of all gateways, and of one.</summary>
    public int MaxRetained { get; init; } = 20_000;
    public int MaxRetainedPerGateway { get; init; } = 256;

    /// <summary>What the retained messages may hold together, and those of one gateway.</summary>
    public int RetainedBytes { get; init; } = 32 * 1024 * 1024;
    public int RetainedBytesPerGateway { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long a stranger may take until its CONNECT is complete, the TLS handshake included.</summary>
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

    /// <summary>True where the open test access is asked for and nobody from outside can reach it.</summary>
    public bool IsOpen => OpenTestAccess && IsLoopback(Bind) && (Tls?.Bind is not { } other || IsLoopback(other));

    /// <summary>Where it listens, in a line.</summary>
    public string Ports
    {
        get
        {
            if (!Enabled) return "off";
            string?[] ports =
            [
                PlainEnabled ? $"{Bind}:{Port}" : null,
                Tls is { } tls ? $"{tls.Bind ?? Bind}:{tls.Port} over TLS" : null,
                IsOpen ? "open for tests" : null,
            ];
            return string.Join(", ", ports.OfType<string>());
        }
    }

    /// <summary>What cannot be: the setting, its value, and what is allowed.</summary>
    public IEnumerable<(string Setting, string? Value, string Allowed)> Faults()
    {
        foreach (var rule in TopicRules)
            if (TopicRule.Parse(rule) is null) yield return (nameof(TopicRules), rule, TopicRule.Form);
        foreach (var (name, value, least, most) in Ranges)
            if (value < least || value > most) yield return (name, $"{value}", $"a whole number from {least} to {most}");
        foreach (var (setting, value, allowed) in Sparkplug.Faults()) yield return ($"{nameof(Sparkplug)}:{setting}", value, allowed);
        if (Tls is null) yield break;
        foreach (var (setting, value, allowed) in Tls.Faults()) yield return ($"{nameof(Tls)}:{setting}", value, allowed);
        if (Tls.Port != 0 && Tls.Port == Port && PlainEnabled)
            yield return ($"{nameof(Tls)}:{nameof(Tls.Port)}", $"{Tls.Port}", "a port other than Mqtt:Port");
    }

    IEnumerable<(string Name, long Value, long Least, long Most)> Ranges =>
    [
        (nameof(Port), Port, 0, 65535),
        (nameof(MaxPacketBytes), MaxPacketBytes, 1024, 268_435_455),
        (nameof(MaxConnectBytes), MaxConnectBytes, 256, 268_435_455),
        (nameof(ReceiveMaximum), ReceiveMaximum, 1, 65535),
        (nameof(InFlightBytes), InFlightBytes, 1024, int.MaxValue),
        (nameof(MaxMessagesPerSecond), MaxMessagesPerSecond, 0, 100_000_000),
        (nameof(SendMaximum), SendMaximum, 1, 65535),
        (nameof(TopicAliasMaximum), TopicAliasMaximum, 0, 256),
        (nameof(MaxUnreleased), MaxUnreleased, 1, 65535),
        (nameof(MaxKeepAlive), (long)MaxKeepAlive.TotalSeconds, 0, 65535),
        (nameof(MaxQueued), MaxQueued, 1, 1_000_000),
        (nameof(MaxStrangers), MaxStrangers, 1, 1_000_000),
        (nameof(MaxStrangersPerAddress), MaxStrangersPerAddress, 1, 1_000_000),
        (nameof(TcpKeepAlive), (long)TcpKeepAlive.TotalSeconds, 0, 32_767),
        (nameof(MaxConnections), MaxConnections, 1, 1_000_000),
        (nameof(MaxConnectionsPerAddress), MaxConnectionsPerAddress, 1, 1_000_000),
        (nameof(MaxSubscriptions), MaxSubscriptions, 1, 65535),
        (nameof(QueuedBytes), QueuedBytes, 1024, int.MaxValue),
        (nameof(QueuedBytesPerGateway), QueuedBytesPerGateway, 1024, int.MaxValue),
        (nameof(QueuedBytesInAll), QueuedBytesInAll, 1024, int.MaxValue),
        (nameof(SubscriptionBytes), SubscriptionBytes, 1024, int.MaxValue),
        (nameof(SubscriptionBytesPerGateway), SubscriptionBytesPerGateway, 1024, int.MaxValue),
        (nameof(SubscriptionBytesInAll), SubscriptionBytesInAll, 1024, int.MaxValue),
        (nameof(MaxSessionsPerGateway), MaxSessionsPerGateway, 1, 1_000_000),
        (nameof(MaxRetained), MaxRetained, 0, 10_000_000),
        (nameof(MaxRetainedPerGateway), MaxRetainedPerGateway, 0, 10_000_000),
        (nameof(RetainedBytes), RetainedBytes, 0, int.MaxValue),
        (nameof(RetainedBytesPerGateway), RetainedBytesPerGateway, 0, int.MaxValue),
        (nameof(LockoutFailures), LockoutFailures, 1, 1_000_000),
        // A timer runs for 49.7 days at most.
        (nameof(SessionExpiry), (long)SessionExpiry.TotalSeconds, 0, 49 * 86_400),
    ];

    static bool IsLoopback(string address) =>
        System.Net.IPAddress.TryParse(address, out var ip) && System.Net.IPAddress.IsLoopback(ip);
}
