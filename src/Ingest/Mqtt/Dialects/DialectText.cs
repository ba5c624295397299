namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>What a dialect file says.</summary>
sealed record DialectText
{
    /// <summary>The name in <c>gateways.csv</c>.</summary>
    public required string Name { get; init; }
    public required int Version { get; init; }
    public required string Title { get; init; }

    /// <summary>The documents that topics and payloads were taken from.</summary>
    public required string Source { get; init; }
    public required DialectEvidence Evidence { get; init; }
    public string? Notes { get; init; }

    /// <summary>The zone of times without one; null is the reporting zone.</summary>
    public TimeZoneInfo? Zone { get; init; }

    /// <summary>Messages may come compressed with ZLIB.</summary>
    public bool Unfolds { get; init; }

    /// <summary>In the order in which they are tried.</summary>
    public required IReadOnlyList<MessageRule> Messages { get; init; }

    /// <summary>What the gateway may subscribe to.</summary>
    public required IReadOnlyList<TopicPattern> Downward { get; init; }
    public required IReadOnlyList<DialectTest> Tests { get; init; }

    /// <summary>The file it came from.</summary>
    public required string File { get; init; }
}

/// <summary>How well a dialect is known.</summary>
enum DialectEvidence
{
    /// <summary>Heard from a real gateway.</summary>
    Heard,
    /// <summary>From the maker's own document.</summary>
    Manual,
    /// <summary>From somebody else's working configuration or notes.</summary>
    Secondary,
    /// <summary>From memory of such payloads; to be compared with a real one before it is relied on.</summary>
    Recalled,
    /// <summary>Our own, or made up for teaching.</summary>
    Example,
}

/// <summary>A message and what must come of it.</summary>
sealed record DialectTest
{
    public required string Name { get; init; }
    public required int Line { get; init; }

    /// <summary>Addresses of the meters on the gateway; one without an address where empty.</summary>
    public IReadOnlyList<string> Meters { get; init; } = [];

    /// <summary>What came before it, then the message itself.</summary>
    public required IReadOnlyList<TestMessage> Messages { get; init; }

    /// <summary><c>{meter} {quantity} {value} {unit} {time or "arrival"}</c>.</summary>
    public IReadOnlyList<string> Readings { get; init; } = [];

    /// <summary>Codes of refusals, in order.</summary>
    public IReadOnlyList<string> Refused { get; init; } = [];

    /// <summary><c>{topic} {payload}</c>.</summary>
    public IReadOnlyList<string> Replies { get; init; } = [];

    /// <summary>Each is part of a remark, in order.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
    public bool? IsOnline { get; init; }
}

/// <summary>A message of a test.</summary>
sealed record TestMessage(string Topic, string Payload, bool IsRetained);
