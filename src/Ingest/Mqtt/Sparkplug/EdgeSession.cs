namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// An edge node between an NBIRTH and its end: what its births defined, and the sequence of its messages. Not safe for
/// threads: the edge node locks.
/// </summary>
sealed class EdgeSession(ulong? bdSeq, ulong? bornAt, byte seq)
{
    /// <summary>Metrics of one edge node that are remembered; what a birth holds beyond it is not known.</summary>
    public const int MostMetrics = 100_000;

    const int Sequence = 256;

    readonly ulong[] _taken = new ulong[Sequence];
    readonly Dictionary<string, MetricScope> _devices = new(StringComparer.Ordinal);

    public ulong? BdSeq => bdSeq;

    /// <summary>When its NBIRTH was sent, by its own clock.</summary>
    public ulong? BornAt => bornAt;
    public MetricScope Node { get; set; } = new();

    /// <summary>The sequence number that comes next.</summary>
    public byte Next { get; private set; } = unchecked((byte)(seq + 1));

    /// <summary>Messages that came ahead of a missing one, by their sequence number.</summary>
    public Dictionary<byte, HeldMessage> Held { get; } = [];
    public IReadOnlyCollection<string> Devices => _devices.Keys;
    public int Metrics => Node.Count + _devices.Values.Sum(device => device.Count + 1);

    public MetricScope? Device(string name) => _devices.GetValueOrDefault(name);

    public void Bear(string device, MetricScope scope) => _devices[device] = scope;

    /// <summary>True where it was there.</summary>
    public bool Bury(string device) => _devices.Remove(device);

    /// <summary>How far the number is ahead of the one that comes next; from 128 on it is behind.</summary>
    public int Ahead(byte number) => (byte)(number - Next);

    public bool HasTaken(byte number, ulong mark) => _taken[number] == mark;

    public void Take(byte number, ulong mark) => _taken[number] = mark;

    /// <summary>The next one is this.</summary>
    public void GoTo(byte number) => Next = number;

    public void GoOn() => Next++;

    /// <summary>A message is lost: what no birth says again may mean something else by now.</summary>
    public void Doubt()
    {
        Node.IsCertain = false;
        foreach (var device in _devices.Values) device.IsCertain = false;
    }
}

/// <summary>A message that waits for one before it.</summary>
/// <param name="IsAnswered">True where what it holds is stored or refused already: it only takes its place.</param>
readonly record struct HeldMessage(SparkplugMessage Message, bool IsAnswered);
