using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>
/// What a dialect remembers of its gateways from one message to the next: which values they said cannot be relied on, and
/// what was already said of them. Bounded for each gateway by itself and whatever its names are long, so that none takes
/// another's room.
/// </summary>
sealed class DialectMemory
{
    public const int MostMarks = 20_000;
    public const int MostRemarks = 500;
    const int MostFormats = 4_000;
    const int LongestTopic = 128;

    readonly ConcurrentDictionary<string, OfGateway> _gateways = new();
    readonly ConcurrentDictionary<string, string> _formats = new();

    /// <summary>Notes that a value cannot be relied on.</summary>
    /// <returns>False where there is no room for it: from then on all of the gateway's count as marked, since an old value
    /// must not pass for one of now.</returns>
    public bool Mark(string gateway, string mark) => Of(gateway).Mark(KeyOf(mark));

    /// <summary>It can again; and what was said of it is news again.</summary>
    public void Clear(string gateway, string mark)
    {
        if (_gateways.TryGetValue(gateway, out var known)) known.Clear(KeyOf(mark));
    }

    public bool HasMarks(string gateway) => _gateways.TryGetValue(gateway, out var known) && known.HasMarks;

    public bool IsMarked(string gateway, string mark) =>
        _gateways.TryGetValue(gateway, out var known) && known.IsMarked(KeyOf(mark));

    /// <summary>True the first time that this is to be said of the gateway, and while there is room to note that.</summary>
    /// <param name="isLast">True where nothing new is said of it after this.</param>
    public bool IsNews(string gateway, string about, out bool isLast) => Of(gateway).IsNews(KeyOf(about), out isLast);

    /// <summary>The format of a message to this topic, made once for each topic.</summary>
    public string FormatOf(string dialect, ReadOnlySpan<byte> topic)
    {
        Span<char> chars = stackalloc char[LongestTopic];
        if (topic.Length > chars.Length) return DialectFormat.Of(dialect, topic);
        var length = Encoding.UTF8.GetChars(topic, chars);
        if (_formats.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(chars[..length], out var known)) return known;
        var format = DialectFormat.Of(dialect, topic);
        if (_formats.Count < MostFormats) _formats[chars[..length].ToString()] = format;
        return format;
    }

    OfGateway Of(string gateway) => _gateways.GetOrAdd(gateway, static _ => new OfGateway());

    // Names are the gateway's own, and may be as long as a message: kept is what tells them apart.
    static UInt128 KeyOf(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(name.AsSpan()), hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    sealed class OfGateway
    {
        readonly Lock _lock = new();
        readonly HashSet<UInt128> _marks = [];
        readonly HashSet<UInt128> _said = [];
        volatile bool _hasMarks;
        bool _isFull;

        public bool HasMarks => _hasMarks;

        public bool Mark(UInt128 mark)
        {
            lock (_lock)
            {
                _hasMarks = true;
                if (_marks.Contains(mark)) return true;
                if (_marks.Count < MostMarks) return _marks.Add(mark);
                _isFull = true;
                return false;
            }
        }

        public void Clear(UInt128 mark)
        {
            lock (_lock)
            {
                _marks.Remove(mark);
                _said.Remove(mark);
                _hasMarks = _marks.Count > 0 || _isFull;
            }
        }

        public bool IsMarked(UInt128 mark)
        {
            lock (_lock) return _isFull || _marks.Contains(mark);
        }

        public bool IsNews(UInt128 about, out bool isLast)
        {
            lock (_lock)
            {
                var isNews = _said.Count < MostRemarks && _said.Add(about);
                isLast = isNews && _said.Count == MostRemarks;
                return isNews;
            }
        }
    }
}
