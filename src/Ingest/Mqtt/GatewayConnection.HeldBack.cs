using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// What goes on while the window is full. Bounded memory: not taking messages is the only back-pressure that 3.1.1 has.
/// But a gateway whose PINGREQ stays unanswered takes us for dead, so we look ahead for those: within one packet's
/// greatest size, and without taking anything out of the pipe.
/// </summary>
sealed partial class GatewayConnection
{
    // Both count bytes from the first one received. Every PINGREQ that ends up to _seenAhead is answered.
    long _consumed;
    long _seenAhead;
    volatile bool _hasRoom;

    /// <summary>True while its window is full and we take no message from it.</summary>
    public bool IsHeldBack { get; private set; }

    // The silence is ours meanwhile, so the watch does not count it.
    async ValueTask HoldBackAsync(Delivery delivery, IdleWatch watch, CancellationToken stop)
    {
        watch.IsDeaf = true;
        IsHeldBack = true;
        _hasRoom = false;
        ShowWhatIsThere();
        var adding = AddAsync(delivery, stop);
        while (!_hasRoom && await LookAheadAsync(stop)) { }
        await adding;
        ShowWhatIsThere();
        watch.IsDeaf = false;
        IsHeldBack = false;
    }

    // What was examined once, a read shows again only with something new, or when it is cancelled.
    void ShowWhatIsThere() => _input.CancelPendingRead();

    // Wakes the look-ahead up: what was seen ahead can be taken now.
    async Task AddAsync(Delivery delivery, CancellationToken stop)
    {
        await _deliveries!.AddWhenRoomAsync(delivery, stop);
        _hasRoom = true;
        ShowWhatIsThere();
    }

    /// <summary>Answers the pings in what has arrived; false when no more may be looked at.</summary>
    async ValueTask<bool> LookAheadAsync(CancellationToken stop)
    {
        var result = await _input.ReadAsync(stop);
        var all = result.Buffer;
        var goesOn = !result.IsCompleted && all.Length < parts.Options.MaxPacketBytes;
        try
        {
            _seenAhead = Math.Max(_seenAhead, _consumed);
            var ahead = all.Slice(_seenAhead - _consumed);
            while (MqttFraming.TryRead(ref ahead, parts.Options.MaxPacketBytes, _version, out var frame))
            {
                if (frame.Type == PacketType.PingReq)
                {
                    MqttPing.Judge(frame);
                    await _output.PingAsync(PacketType.PingResp, stop);
                }
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
            _input.AdvanceTo(all.Start, all.End);
        }
        return goesOn;
    }
}
