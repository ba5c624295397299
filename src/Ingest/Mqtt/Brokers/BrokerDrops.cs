using System.Buffers.Text;
using System.Text;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>
/// Listens to the broker's own count of messages that it has dropped. A broker drops messages of QoS 1, acknowledged to
/// their publishers, for a subscriber whose queue is full; with default settings that is soon (mosquitto 1000 messages,
/// EMQX 1000, HiveMQ 1000). We never see them: only this count tells.
/// </summary>
sealed class BrokerDrops(BrokerOptions broker, BrokerTroubles troubles, ClientParts parts)
{
    readonly byte[] _topic = Encoding.UTF8.GetBytes(broker.DropCounter);
    readonly bool _isPattern = broker.DropCounter.AsSpan().IndexOfAny('+', '#') >= 0;
    readonly Dictionary<string, long> _counts = [];
    long _seen;
    bool _isAsking;
    bool _isRefused;

    /// <summary>Asks for the count on a new connection, where the broker did not refuse before.</summary>
    public async Task AskAsync(BrokerSubscriptions subscriptions, CancellationToken stop)
    {
        // Some brokers answer such a wish by closing the connection: that is asked once.
        if (_topic.Length == 0 || _isRefused) return;
        _isRefused = _isAsking;
        if (!_isRefused)
        {
            _isAsking = true;
            _isRefused = !await subscriptions.AskForAsync(broker.DropCounter, stop);
            _isAsking = false;
        }
        if (_isRefused) parts.Log.BrokerDropsUnseen(broker.Name, broker.DropCounter);
    }

    /// <summary>True where the message was the count and not one for us.</summary>
    public bool Hear(in PublishPacket publish)
    {
        var topic = publish.Topic.Span;
        if (_topic.Length == 0 || topic.IsEmpty || !IsCount(topic)) return false;
        if (Utf8Parser.TryParse(publish.Payload.Span, out long count, out var length)
            && length == publish.Payload.Length) Count(Encoding.UTF8.GetString(topic), count);
        return true;
    }

    bool IsCount(ReadOnlySpan<byte> topic) => _isPattern
        ? topic[0] == (byte)'$' && MqttTopic.Covers(broker.DropCounter, Encoding.UTF8.GetString(topic))
        : topic.SequenceEqual(_topic);

    // What it counted before we looked is not news; and it counts from 0 again when it starts anew.
    void Count(string topic, long count)
    {
        var isFirst = !_counts.TryGetValue(topic, out var before);
        _counts[topic] = count;
        var more = count < before ? count : count - before;
        if (isFirst || more == 0) return;
        parts.Flow.DroppedAtBroker(more);
        if (_seen == 0) parts.Log.BrokerDrops(broker.Name, more);
        _seen += more;
        troubles.Remember("drops", $"The broker dropped {_seen} messages of its clients, the last at {parts.Clock.Now()}:"
            + " raise its limits for queued and in-flight messages.");
    }
}
