using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>
/// Packet identifiers of QoS 2 between our PUBREC and the client's PUBREL, so that a message sent again is not taken
/// twice (3.1.1 §4.3.3). They outlive connections, so that their number is no measure of what one connection has open. It
/// is bounded: where a client that lost its memory leaves more behind, the oldest is forgotten, and should that message
/// come again it is taken twice rather than not at all.
/// </summary>
sealed class ReceivedIds(int most)
{
    readonly Lock _lock = new();
    readonly OrderedDictionary<ushort, int> _known = [];

    public int Count { get { lock (_lock) return _known.Count; } }

    /// <summary>
    /// True where this very message was received under its identifier. Another one under the same identifier is a
    /// message of its own: to swallow it would be to promise what we do not keep.
    /// </summary>
    public bool Holds(in PublishPacket publish)
    {
        lock (_lock) return _known.TryGetValue(publish.PacketId, out var known) && known == PrintOf(publish);
    }

    public void Add(in PublishPacket publish)
    {
        lock (_lock)
        {
            _known.Remove(publish.PacketId);
            if (_known.Count >= most) _known.RemoveAt(0);
            _known.Add(publish.PacketId, PrintOf(publish));
        }
    }

    /// <summary>PUBREL: the identifier is free again.</summary>
    public void Release(ushort id)
    {
        lock (_lock) _known.Remove(id);
    }

    static int PrintOf(in PublishPacket publish)
    {
        var print = new HashCode();
        print.AddBytes(publish.Topic.Span);
        print.AddBytes(publish.Payload.Span);
        return print.ToHashCode();
    }
}
