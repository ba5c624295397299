using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>How much one client takes.</summary>
/// <param name="InFlight">Messages of QoS 1 and 2 that may be unacknowledged at once.</param>
/// <param name="PacketBytes">The largest packet; what is larger is left out as if it had been sent (5.0 §3.1.2.11.4).</param>
readonly record struct ClientLimits(MqttVersion Version, int InFlight, long PacketBytes);

/// <summary>
/// What one session has still to be sent, and what was sent and not yet acknowledged. Bounded: what comes when it is
/// full is dropped and counted, QoS 0 also while nobody is connected. It outlives connections: the last one that attached
/// is served, and one before it can do nothing any more.
/// </summary>
sealed class OutgoingQueue(MqttOptions options, TimeProvider clock)
{
    /// <summary>Packets in one write at most.</summary>
    const int MostInOneWrite = 64;

    readonly Lock _lock = new();
    readonly Queue<Outgoing> _waiting = new();
    readonly Queue<Outgoing> _waitingQos0 = new();
    readonly List<Outgoing> _sent = [];
    ClientLimits _limits;
    Attachment? _current;
    int _unacknowledged;
    long _bytes;
    long _count;
    ushort _lastId;

    /// <summary>Messages that wait or are unacknowledged.</summary>
    public int Count { get { lock (_lock) return _waiting.Count + _waitingQos0.Count + _sent.Count; } }

    /// <summary>Takes a copy; false where it was dropped.</summary>
    public bool Offer(ClientMessage message, int qos, bool retain, IReadOnlyList<uint> identifiers)
    {
        lock (_lock)
        {
            if (qos == 0 && _current is null) return false;
            if (_waiting.Count + _waitingQos0.Count >= options.MaxQueued || _bytes + message.Weight > options.QueuedBytes)
                return false;
            _bytes += message.Weight;
            (qos == 0 ? _waitingQos0 : _waiting).Enqueue(new Outgoing(message, qos, retain, identifiers, ++_count));
            _current?.Ring();
            return true;
        }
    }

    /// <summary>A connection takes over: what the one before it sent without an answer goes out again, in order.</summary>
    public Attachment Attach(ClientLimits limits)
    {
        lock (_lock)
        {
            foreach (var one in _sent) one.IsToRepeat = true;
            (_limits, _unacknowledged) = (limits, 0);
            return _current = new Attachment();
        }
    }

    public void Detach(Attachment attachment)
    {
        lock (_lock)
        {
            if (attachment != _current) return;
            _current = null;
            while (_waitingQos0.TryDequeue(out var dropped)) _bytes -= dropped.Message.Weight;
        }
    }

    /// <summary>Writes what may go out now, a bounded part of it; true where more may follow at once.</summary>
    public bool Write(Attachment attachment, IBufferWriter<byte> output)
    {
        lock (_lock)
        {
            for (var written = 0; written < MostInOneWrite; written++)
                if (attachment != _current || !WriteNext(output)) return false;
            return true;
        }
    }

    /// <summary>
    /// What the client says of a message; true where PUBREL is to be sent. One that is not known here was settled
    /// before: that is no fault, and PUBREC is answered all the same (4.3.3).
    /// </summary>
    /// <exception cref="MqttProtocolException">It is not the answer that its QoS and state ask for.</exception>
    public bool Acknowledge(Attachment attachment, in AckPacket packet)
    {
        lock (_lock)
        {
            if (attachment != _current) return false;
            var id = packet.PacketId;
            var failed = (byte)packet.Reason >= 0x80;
            var at = _sent.FindIndex(one => one.PacketId == id && !one.IsToRepeat);
            if (at < 0) at = _sent.FindIndex(one => one.PacketId == id);
            if (at < 0) return packet.Type == PacketType.PubRec && !failed;
            var message = _sent[at];
            switch (packet.Type, message.State)
            {
                case (PacketType.PubAck, OutgoingState.AwaitingPubAck):
                case (PacketType.PubComp, OutgoingState.AwaitingPubComp):
                case (PacketType.PubRec, OutgoingState.AwaitingPubRec) when failed:
                    Settle(at);
                    return false;
                case (PacketType.PubRec, OutgoingState.AwaitingPubRec):
                    message.State = OutgoingState.AwaitingPubComp;
                    return true;
                case (PacketType.PubRec, OutgoingState.AwaitingPubComp):
                    return true;
                default:
                    throw MqttProtocolException.Protocol($"{packet.Type} is not what message {id} waits for.");
            }
        }
    }

    void Settle(int at)
    {
        if (!_sent[at].IsToRepeat) _unacknowledged--;
        _sent.RemoveAt(at);
        _current?.Ring();
    }

    bool WriteNext(IBufferWriter<byte> output)
    {
        var hasRoom = _unacknowledged < _limits.InFlight;
        if (hasRoom && _sent.Find(one => one.IsToRepeat) is { } again)
        {
            if (!Send(again, output))
            {
                _sent.Remove(again);
                return true;
            }
            again.IsToRepeat = false;
            _unacknowledged++;
            return true;
        }
        var next = hasRoom && _waiting.TryPeek(out var first) ? first : null;
        if (_waitingQos0.TryPeek(out var free) && (next is null || free.Number < next.Number)) next = free;
        if (next is null) return false;
        (next.Qos == 0 ? _waitingQos0 : _waiting).Dequeue();
        _bytes -= next.Message.Weight;
        if (next.Message.SecondsLeft(clock) == 0) return true;
        if (next.Qos > 0)
        {
            next.PacketId = NextId();
            next.State = next.Qos == 1 ? OutgoingState.AwaitingPubAck : OutgoingState.AwaitingPubRec;
        }
        if (!Send(next, output) || next.Qos == 0) return true;
        _sent.Add(next);
        _unacknowledged++;
        return true;
    }

    bool Send(Outgoing message, IBufferWriter<byte> output) =>
        message.TryWrite(output, _limits.Version, _limits.PacketBytes, clock);

    ushort NextId()
    {
        do _lastId = _lastId == ushort.MaxValue ? (ushort)1 : (ushort)(_lastId + 1);
        while (_sent.Exists(one => one.PacketId == _lastId));
        return _lastId;
    }

    /// <summary>One connection's hold on the queue.</summary>
    [SuppressMessage("Reliability", "CA1001", Justification = "A semaphore without a wait handle has nothing to free.")]
    public sealed class Attachment
    {
        readonly SemaphoreSlim _news = new(1, 1);

        /// <summary>Waits until there may be something to send.</summary>
        public Task WaitAsync(CancellationToken stop) => _news.WaitAsync(stop);

        // Only under the queue's lock.
        public void Ring()
        {
            if (_news.CurrentCount == 0) _news.Release();
        }
    }
}
