using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// What is done with each packet. Nothing here waits for storage; only a full window holds messages back.
/// </summary>
sealed partial class GatewayConnection
{
    readonly MessagePace _pace = new(parts.Options.MaxMessagesPerSecond, parts.Clock);
    Deliveries? _deliveries;
    Instant _arrivedAt;
    bool _saidGoodbye;
    bool _keepsWill;

    async Task ReadAsync(IdleWatch watch, CancellationToken stop)
    {
        while (true)
        {
            var result = await _input.ReadAsync(stop);
            var buffer = result.Buffer;
            var before = buffer.Length;
            var messages = 0;
            Delivery? waiting = null;
            _arrivedAt = parts.Now;
            try
            {
                while (!_saidGoodbye && waiting is null
                    && TryTake(ref buffer, watch, out var frame, out var oversize))
                {
                    // Whoever is revoked or taken over is not heard to the end of what it had sent.
                    stop.ThrowIfCancellationRequested();
                    watch.Heard();
                    if (frame.Type == PacketType.Publish)
                    {
                        messages++;
                        var received = ReceiveAsync(frame, oversize, stop);
                        // Who does not read what we answer holds up this loop, and not the readings it sent before.
                        if (!received.IsCompletedSuccessfully) _deliveries!.Show();
                        waiting = received.IsCompletedSuccessfully ? received.Result : await received;
                        continue;
                    }
                    var handling = HandleAsync(frame, _consumed + before - buffer.Length, stop);
                    if (handling.IsCompletedSuccessfully) continue;
                    _deliveries!.Show();
                    await handling;
                }
            }
            finally
            {
                parts.Flow.Received(before - buffer.Length, messages);
                _notes?.Heard(_arrivedAt, messages, before - buffer.Length);
                _consumed += before - buffer.Length;
                _input.AdvanceTo(buffer.Start, buffer.End);
                _deliveries!.Show();
            }
            if (waiting is not null) await HoldBackAsync(waiting, watch, stop);
            if (_pace.Take(messages) is { Ticks: > 0 } pause) await Task.Delay(pause, parts.Clock, stop);
            if (waiting is not null) continue;
            if (_saidGoodbye) End(EndCause.Disconnected, ReasonCode.Success, "it said so");
            else if (result.IsCompleted) EndOfStream(buffer.Length);
            else continue;
            return;
        }
    }

    void EndOfStream(long left)
    {
        if (left == 0 && _passing is null) End(EndCause.Closed, ReasonCode.Success, "closed without DISCONNECT");
        else End(EndCause.Truncated, ReasonCode.Success, $"closed {left} bytes into a packet");
    }

    /// <param name="end">Where the frame ends in all that was ever received, in bytes.</param>
    ValueTask HandleAsync(in MqttFrame frame, long end, CancellationToken stop)
    {
        switch (frame.Type)
        {
            case PacketType.PingReq:
                MqttPing.Judge(frame);
                return end <= _seenAhead ? default : _output.PingAsync(PacketType.PingResp, stop);
            case PacketType.PingResp:
                MqttPing.Judge(frame);
                goto default;
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubComp:
                return TakeAnswerAsync(AckPacket.Read(frame.Type, frame.Contiguous(), _version), stop);
            case PacketType.PubRel:
                return ReleaseAsync(AckPacket.Read(frame.Type, frame.Contiguous(), _version), stop);
            case PacketType.Subscribe:
                return SubscribeAsync(SubscribePacket.Read(frame.Contiguous(), _version), stop);
            case PacketType.Unsubscribe:
                return UnsubscribeAsync(UnsubscribePacket.Read(frame.Contiguous(), _version), stop);
            case PacketType.Disconnect:
                TakeLeave(DisconnectPacket.Read(frame.Type, frame.Contiguous(), _version));
                return default;
            case PacketType.Connect:
                throw MqttProtocolException.Protocol("A second CONNECT.");
            default:
                throw MqttProtocolException.Protocol($"{frame.Type} is not expected from a client.");
        }
    }

    // MQTT 5.0 §3.14.2: a reason that a client may not give ends the connection too, but is no goodbye.
    void TakeLeave(DisconnectPacket packet)
    {
        if (packet.Properties.Number(PropertyId.SessionExpiryInterval) is { } seconds)
        {
            if (seconds > 0 && _sessionExpiry == TimeSpan.Zero)
                throw MqttProtocolException.Protocol("A session expiry at DISCONNECT where CONNECT had none.");
            _sessionExpiry = AtMost(seconds);
        }
        if (!packet.IsFromClient)
            throw new MqttProtocolException(
                ReasonCode.ProtocolError, $"DISCONNECT with reason 0x{(byte)packet.Reason:x2}, not one of a client.")
            { IsSilent = true };
        _keepsWill = packet.Reason != ReasonCode.Success;
        _saidGoodbye = true;
    }

    MqttProperties? Explain(string detail) =>
        _wantsReasons
            ? new MqttProperties([new(PropertyId.ReasonString, Text: detail[..Math.Min(detail.Length, 300)])])
            : null;
}
