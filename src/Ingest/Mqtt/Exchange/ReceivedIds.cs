using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>
/// Packet identifiers of QoS 2 between our PUBREC and the client's PUBREL, so that a message sent again is not taken
/// twice (3.1.1 §4.3.3). An identifier costs an entry once, however often it is sent, and their number is bounded.
/// </summary>
sealed class ReceivedIds(int most)
{
    readonly Lock _lock = new();
    readonly Dictionary<ushort, (int Print, bool IsAcknowledged)> _known = [];
    volatile int _count;

    /// <summary>Of those that are acknowledged; the others are counted as being in flight.</summary>
    public int Count => _count;

    /// <summary>
    /// True where this very message was received under its identifier. Another one under the same identifier is a
    /// message of its own: to swallow it would be to promise what we do not keep.
    /// </summary>
    public bool Holds(in PublishPacket publish)
    {
        lock (_lock) return _known.TryGetValue(publish.PacketId, out var known) && known.Print == PrintOf(publish);
    }

    /// <exception cref="MqttProtocolException">More are unreleased than any honest client has.</exception>
    public void Add(in PublishPacket publish, bool isAcknowledged)
    {
        lock (_lock)
        {
            if (_known.Count >= most && !_known.ContainsKey(publish.PacketId))
                throw new MqttProtocolException(
                    ReasonCode.ReceiveMaximumExceeded, $"More than {most} messages of QoS 2 are not released.");
            Forget(publish.PacketId);
            _known[publish.PacketId] = (PrintOf(publish), isAcknowledged);
            if (isAcknowledged) _count++;
        }
    }

    /// <summary>PUBREL: the identifier is free again.</summary>
    public void Release(ushort id)
    {
        lock (_lock) Forget(id);
    }

    void Forget(ushort id)
    {
        if (_known.Remove(id, out var known) && known.IsAcknowledged) _count--;
    }

    static int PrintOf(in PublishPacket publish)
    {
        var print = new HashCode();
        print.AddBytes(publish.Topic.Span);
        print.AddBytes(publish.Payload.Span);
        return print.ToHashCode();
    }
}
