namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// An edge node between an NBIRTH and its end: what its births defined, and the sequence of its messages. Not safe for
/// threads: the edge node locks.
/// </summary>
sealed class EdgeSession(ulong? bdSeq, ulong? bornAt, byte seq)
{
    /// <summary>Metrics of one edge node that are remembered; what a birth holds beyond it is not known.</summary>
    public const int MostMetrics = 100_000;

    /// <summary>Devices of one edge node.</summary>
    public const int MostDevices = 1000;

    const int Sequence = 256;

    readonly ulong[] _taken = new ulong[Sequence];
    readonly Dictionary<byte, Meaning> _meanings = [];
    readonly Dictionary<string, MetricScope> _devices = new(StringComparer.Ordinal);
    int _replaced;

    public ulong? BdSeq => bdSeq;

    /// <summary>When its NBIRTH was sent, by its own clock.</summary>
    public ulong? BornAt => bornAt;
    public MetricScope Node { get; } = new();

    /// <summary>The sequence number that comes next.</summary>
    public byte Next { get; private set; } = unchecked((byte)(seq + 1));

    /// <summary>Messages that came ahead of a missing one, by their sequence number.</summary>
    public Dictionary<byte, HeldMessage> Held { get; } = [];
    public IReadOnlyCollection<string> Devices => _devices.Keys;

    /// <summary>Metrics that its scopes hold.</summary>
    public int Metrics { get; private set; }

    public MetricScope? Device(string name) => _devices.GetValueOrDefault(name);

    public bool HasRoomFor(string device) => _devices.Count < MostDevices || _devices.ContainsKey(device);

    public void Bear(string device, MetricScope scope)
    {
        Bury(device);
        _devices.Add(device, scope);
    }

    /// <summary>A scope has been filled.</summary>
    public void Count(MetricScope scope) => Metrics += scope.Count;

    /// <summary>True where it was there.</summary>
    public bool Bury(string device)
    {
        if (!_devices.Remove(device, out var old)) return false;
        Metrics -= old.Count;
        // What was taken in it is understood by it, for as long as it may come again; but not without end.
        _replaced += old.Count + 1;
        if (_replaced <= MostMetrics) return true;
        _meanings.Clear();
        _replaced = 0;
        return true;
    }

    /// <summary>How far the number is ahead of the one that comes next; from 128 on it is behind.</summary>
    public int Ahead(byte number) => (byte)(number - Next);

    public bool HasTaken(byte number, ulong mark) => _taken[number] == mark;

    /// <summary>
    /// Takes the message in its place in the sequence. That says nothing of whether what it holds is stored.
    /// </summary>
    public void Take(byte number, ulong mark)
    {
        _taken[number] = mark;
        _meanings.Remove(number);
        Next = unchecked((byte)(number + 1));
    }

    /// <summary>The next one is this: what is before it is given up.</summary>
    public void GoTo(byte number) => Next = number;

    /// <summary>Keeps what these data were understood by, should they come again.</summary>
    public void Remember(byte number, Meaning meaning) => _meanings[number] = meaning;

    /// <summary>
    /// What the data with this number were understood by when they were taken; null where it is not known.
    /// </summary>
    public Meaning? Recall(byte number) => _meanings.TryGetValue(number, out var meaning) ? meaning : null;

    /// <summary>A message is lost: what no birth says again may mean something else by now.</summary>
    public void Doubt()
    {
        Node.IsCertain = false;
        foreach (var device in _devices.Values) device.IsCertain = false;
    }
}

/// <summary>By what data are understood.</summary>
/// <param name="Scope">The metrics of their topic; null where they were never born.</param>
/// <param name="Doubt">Why an alias is not certain; null where it is.</param>
readonly record struct Meaning(MetricScope? Scope, string? Doubt)
{
    /// <summary>The meaning by the births so far.</summary>
    public static Meaning Of(EdgeSession session, in SparkplugMessage message)
    {
        var isOfNode = message.Kind == MessageKind.NodeData;
        var scope = isOfNode ? session.Node : session.Device(message.Device);
        return new Meaning(scope, scope switch
        {
            null => "there was no DBIRTH",
            { IsCertain: false } => "a message is lost, which may have been a birth",
            _ => null,
        });
    }
}

/// <summary>A message that waits for one before it.</summary>
/// <param name="IsAnswered">True where what it holds is stored or refused already: it only takes its place.</param>
readonly record struct HeldMessage(SparkplugMessage Message, bool IsAnswered);
