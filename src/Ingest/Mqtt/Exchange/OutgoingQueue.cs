using System.Buffers;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>
/// What one session has still to be sent, and what was sent and not yet acknowledged. Bounded: what comes when it is
/// full is dropped and counted, QoS 0 also while nobody is connected. It outlives connections: the last one that attached
/// is served, and one before it can do nothing any more.
/// </summary>
sealed class OutgoingQueue(MqttOptions options, GatewayShare share, TimeProvider clock)
{
    /// <summary>Packets in one write at most, and the bytes after which it takes no more of them.</summary>
    const int MostInOneWrite = 64;
    const int BytesInOneWrite = 64 * 1024;

    readonly Lock _lock = new();
    readonly WaitingCopies _waiting = new(clock);
    readonly List<SentMessage> _sent = [];
    Attachment? _current;
    int _unacknowledged;
    int _toRepeat;
    long _bytes;
    ushort _lastId;
    bool _isClosed;

    /// <summary>Messages that wait or are unacknowledged.</summary>
    public int Count { get { lock (_lock) return _waiting.Count + _sent.Count; } }

    /// <summary>What those hold, in bytes.</summary>
    public long Bytes { get { lock (_lock) return _bytes; } }

    /// <summary>Takes a copy; false where it was dropped.</summary>
    public bool Offer(in Copy copy)
    {
        lock (_lock)
        {
            if (_isClosed || (copy.Qos == 0 && _current is null)) return false;
            // What nobody will get any more keeps nothing out.
            if (!HasRoomFor(copy.Message) && !(_waiting.DropExpired(LetGo) && HasRoomFor(copy.Message))) return false;
            if (!share.TryHold(copy.Message)) return false;
            _bytes += copy.Message.Weight;
            _waiting.Add(copy);
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
            (_toRepeat, _unacknowledged) = (_sent.Count, 0);
            return _current = new Attachment(limits);
        }
    }

    public void Detach(Attachment attachment)
    {
        lock (_lock)
        {
            if (attachment != _current) return;
            _current = null;
            _waiting.DropQos0(LetGo);
        }
    }

    /// <summary>The session is over: nothing comes in or goes out any more.</summary>
    public void Close()
    {
        lock (_lock)
        {
            (_isClosed, _current) = (true, null);
            _waiting.DropAll(LetGo);
            foreach (var one in _sent) LetGo(one.Copy.Message);
            _sent.Clear();
        }
    }

    /// <summary>
    /// Writes what may go out now, a bounded part of it; true where more may follow at once. Whoever offers meanwhile does
    /// not wait for the bytes to be copied.
    /// </summary>
    public bool Write(Attachment attachment, IBufferWriter<byte> output)
    {
        var packets = ArrayPool<OutgoingPacket>.Shared.Rent(MostInOneWrite);
        try
        {
            var (count, isMore) = TakeNext(attachment, packets);
            foreach (ref readonly var packet in packets.AsSpan(0, count)) packet.Write(output, attachment.Limits.Version, clock);
            return isMore;
        }
        finally
        {
            ArrayPool<OutgoingPacket>.Shared.Return(packets, clearArray: true);
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
            var at = PlaceOf(id);
            if (at < 0) return packet.Type == PacketType.PubRec && !failed;
            var message = _sent[at];
            switch (packet.Type, message.State)
            {
                case (PacketType.PubAck, SentState.AwaitingPubAck):
                case (PacketType.PubComp, SentState.AwaitingPubComp):
                case (PacketType.PubRec, SentState.AwaitingPubRec) when failed:
                    Settle(at);
                    return false;
                case (PacketType.PubRec, SentState.AwaitingPubRec):
                    message.State = SentState.AwaitingPubComp;
                    return true;
                case (PacketType.PubRec, SentState.AwaitingPubComp):
                    return true;
                default:
                    throw MqttProtocolException.Protocol($"{packet.Type} is not what message {id} waits for.");
            }
        }
    }

    bool HasRoomFor(ClientMessage message) =>
        _waiting.Count < options.MaxQueued && _bytes + message.Weight <= options.QueuedBytes;

    void LetGo(ClientMessage message)
    {
        _bytes -= message.Weight;
        share.LetGo(message);
    }

    void Settle(int at)
    {
        var message = _sent[at];
        if (message.IsToRepeat) _toRepeat--;
        else _unacknowledged--;
        _sent.RemoveAt(at);
        LetGo(message.Copy.Message);
        _current?.Ring();
    }

    (int Count, bool IsMore) TakeNext(Attachment attachment, OutgoingPacket[] into)
    {
        var (count, bytes) = (0, 0L);
        lock (_lock)
        {
            if (attachment != _current) return (0, false);
            while (count < MostInOneWrite && bytes < BytesInOneWrite)
            {
                if (!TryTakeNext(attachment.Limits, out var packet)) return (count, false);
                if (packet is not { } next) continue;
                into[count++] = next;
                bytes += next.Copy.WireBytes(attachment.Limits.Version);
            }
            return (count, true);
        }
    }

    // Null where the next one in turn is not sent: too late, or too large for this client.
    bool TryTakeNext(in ClientLimits limits, out OutgoingPacket? packet)
    {
        packet = null;
        var hasRoom = _unacknowledged < limits.InFlight;
        if (hasRoom && _toRepeat > 0)
        {
            packet = Repeat(limits);
            return true;
        }
        if (!_waiting.TryTake(hasRoom, out var copy)) return false;
        var isSent = copy.Message.SecondsLeft(clock) != 0 && copy.WireBytes(limits.Version) <= limits.PacketBytes;
        if (!isSent || copy.Qos == 0) LetGo(copy.Message);
        if (!isSent) return true;
        if (copy.Qos == 0)
        {
            packet = new OutgoingPacket(copy, 0, Duplicate: false, IsRelease: false);
            return true;
        }
        var sent = new SentMessage(copy, NextId());
        _sent.Add(sent);
        _unacknowledged++;
        packet = sent.Packet(duplicate: false);
        return true;
    }

    OutgoingPacket? Repeat(in ClientLimits limits)
    {
        var at = _sent.FindIndex(one => one.IsToRepeat);
        var again = _sent[at];
        if (again.State != SentState.AwaitingPubComp && again.Copy.WireBytes(limits.Version) > limits.PacketBytes)
        {
            Settle(at);
            return null;
        }
        again.IsToRepeat = false;
        _toRepeat--;
        _unacknowledged++;
        return again.Packet(duplicate: true);
    }

    // Answers come in the order of what was sent: mostly it is the first.
    int PlaceOf(ushort id)
    {
        for (var at = 0; at < _sent.Count; at++)
            if (_sent[at].PacketId == id) return at;
        return -1;
    }

    ushort NextId()
    {
        do _lastId = _lastId == ushort.MaxValue ? (ushort)1 : (ushort)(_lastId + 1);
        while (PlaceOf(_lastId) >= 0);
        return _lastId;
    }
}
