using System.Buffers;
using System.IO.Pipelines;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>
/// Reads what a broker sends after CONNACK. While the window of messages is full none is taken, which is the
/// back-pressure; but we look ahead, within one packet's greatest size, for what must not wait: PINGRESP and the answers
/// to what we sent. So its silence is told from ours. Returns never; throws why it ended.
/// </summary>
sealed class BrokerReader(PipeReader input, BrokerTalk talk)
{
    readonly BrokerPackets _packets = new(talk);
    readonly MqttVersion _version = talk.Link.Terms.Version;
    OversizedPublish? _oversized;

    // Both count bytes from the first one after CONNACK. What ends up to _seenAhead was handled when it was seen.
    long _consumed;
    long _seenAhead;
    volatile bool _hasRoom;

    public async Task ReadAsync(CancellationToken stop)
    {
        while (true)
        {
            var result = await input.ReadAsync(stop);
            talk.Watch.Heard();
            var (left, waiting) = Take(result.Buffer);
            if (waiting is not null) await HoldBackAsync(waiting, stop);
            else if (result.IsCompleted)
                throw new IOException(
                    left == 0 ? "The broker closed." : $"The broker closed {left} bytes into a packet.");
        }
    }

    /// <summary>Takes packets until there is no whole one left, or a message has to wait for room.</summary>
    (long Left, Delivery? Waiting) Take(ReadOnlySequence<byte> buffer)
    {
        var before = buffer.Length;
        var messages = 0;
        Delivery? waiting = null;
        var arrivedAt = talk.Parts.Clock.Now();
        try
        {
            while (waiting is null && TryRead(ref buffer, out var frame, out var oversize))
            {
                if (frame.Type == PacketType.Publish)
                {
                    waiting = _packets.Receive(frame, oversize, arrivedAt);
                    messages++;
                }
                else if (_consumed + before - buffer.Length > _seenAhead) _packets.Handle(frame);
                // In its turn even where it was seen before: what matters is what was sent ahead of it.
                if (frame.Type == PacketType.PingResp) talk.Backlog.Answered();
            }
        }
        finally
        {
            _consumed += before - buffer.Length;
            talk.Parts.Flow.Received(before - buffer.Length, messages);
            // What was not looked at is shown again at once.
            input.AdvanceTo(buffer.Start, waiting is null ? buffer.End : buffer.Start);
            talk.Deliveries.Show();
        }
        if (messages > 0) talk.Silence.Heard();
        return (buffer.Length, waiting);
    }

    /// <param name="oversize">Bytes of the whole packet, where the frame is only its head; else 0.</param>
    bool TryRead(ref ReadOnlySequence<byte> buffer, out MqttFrame frame, out long oversize)
    {
        (frame, oversize) = (default, 0);
        var most = talk.Broker.MaxPacketBytes;
        if (_oversized is null)
        {
            if (!MqttFraming.TryReadHeader(buffer, _version, out var header)) return false;
            if (header.Type != PacketType.Publish || header.Total <= most)
                return MqttFraming.TryRead(ref buffer, most, _version, out frame);
            _oversized = new OversizedPublish(header);
            buffer = buffer.Slice(header.Bytes);
        }
        if (!_oversized.Pass(ref buffer)) return false;
        (frame, oversize, _oversized) = (_oversized.Head, _oversized.Total, null);
        return true;
    }

    async ValueTask HoldBackAsync(Delivery delivery, CancellationToken stop)
    {
        _hasRoom = false;
        talk.Link.HoldBack.Begin();
        talk.Silence.IsDeaf = true;
        var adding = AddAsync(delivery, stop);
        while (!_hasRoom && await LookAheadAsync(stop)) { }
        // As much as may be held is held: from here on the silence is ours.
        talk.Watch.IsDeaf = true;
        await adding;
        input.CancelPendingRead();
        talk.Watch.IsDeaf = false;
        talk.Silence.IsDeaf = false;
        talk.Link.HoldBack.End();
    }

    // Wakes the look-ahead up. What it has examined shows again only when a read is cancelled: so twice, since the first
    // may be spent on the look-ahead itself.
    async Task AddAsync(Delivery delivery, CancellationToken stop)
    {
        await talk.Deliveries.AddWhenRoomAsync(delivery, stop);
        _hasRoom = true;
        input.CancelPendingRead();
    }

    /// <summary>Handles what must not wait in what has arrived; false when no more may be looked at.</summary>
    async ValueTask<bool> LookAheadAsync(CancellationToken stop)
    {
        var result = await input.ReadAsync(stop);
        var all = result.Buffer;
        if (!result.IsCanceled) talk.Watch.Heard();
        var goesOn = !result.IsCompleted && all.Length < talk.Broker.MaxPacketBytes;
        try
        {
            _seenAhead = Math.Max(_seenAhead, _consumed);
            var ahead = all.Slice(_seenAhead - _consumed);
            while (MqttFraming.TryRead(ref ahead, talk.Broker.MaxPacketBytes, _version, out var frame))
            {
                if (frame.Type is PacketType.PingResp or PacketType.PubAck or PacketType.SubAck or PacketType.UnsubAck)
                    _packets.Handle(frame);
                else if (frame.Type != PacketType.Publish) return false;
                _seenAhead = _consumed + all.Length - ahead.Length;
            }
        }
        catch (MqttProtocolException)
        {
            // It is judged in its turn, when what was sent before it has been taken.
            goesOn = false;
        }
        finally
        {
            // Nothing is taken out; what was examined comes again only with something new, or when it is cancelled.
            input.AdvanceTo(all.Start, all.End);
        }
        return goesOn;
    }
}
