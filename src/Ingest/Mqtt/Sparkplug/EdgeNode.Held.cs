using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

// What came ahead of a missing message, and for how long it waits.
sealed partial class EdgeNode
{
    ITimer? _gap;
    bool _isWaiting;

    // A message that may be missing only because it is late is worth a wait; but an acknowledgement is not, since that
    // of others would wait behind it.
    DecodedPayload Hold(EdgeSession session, byte seq, in SparkplugMessage message, in SparkplugPayload payload)
    {
        Wait();
        var reason = $"message {session.Next} before it is missing";
        if (session.Held.ContainsKey(seq) || !host.TryHold(this, message.Payload.Length))
            return Uncertain(message, payload, reason);
        session.Held[seq] = new HeldMessage(message with { Payload = message.Payload.ToArray() }, message.Qos > 0);
        return message.Qos > 0 ? Uncertain(message, payload, reason) : MetricDecoder.Nothing(name, message);
    }

    void Drain(EdgeSession session)
    {
        while (session.Held.Remove(session.Next, out var held))
        {
            var seq = session.Next;
            session.Take(seq, held.Message.Mark);
            if (held is { IsAnswered: true, Message.IsData: true }) Understand(session, seq, held.Message);
            else Release(held, ProcessHeld(session, seq, held.Message));
            if (held.IsAnswered) host.LetGo(this, held.Message.Payload.Length);
        }
        if (session.Held.Count == 0) StopWaiting();
        else if (_isWaiting) _gap!.Change(options.ReorderTimeout, Timeout.InfiniteTimeSpan);
    }

    DecodedPayload ProcessHeld(EdgeSession session, byte seq, in SparkplugMessage message)
    {
        try
        {
            return SparkplugPayload.TryRead(message.Payload.Span, out var payload, out var fault)
                ? Process(session, seq, message, payload) : decoder.Unreadable(name, message, fault!);
        }
        catch (Exception defect)
        {
            return Broken(message, defect);
        }
    }

    void Release(in HeldMessage held, DecodedPayload payload)
    {
        if (!held.IsAnswered) host.Release(this, held.Message, payload);
    }

    void Wait()
    {
        if (_isWaiting) return;
        _isWaiting = true;
        _gap ??= clock.CreateTimer(
            static self => ((EdgeNode)self!).GiveUp(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _gap.Change(options.ReorderTimeout, Timeout.InfiniteTimeSpan);
    }

    void StopWaiting()
    {
        if (!_isWaiting) return;
        _isWaiting = false;
        _gap!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    // tck-id-operational-behavior-host-reordering-rebirth
    void GiveUp()
    {
        lock (_lock)
        {
            if (!_isWaiting || _session is not { } session) return;
            _isWaiting = false;
            session.Doubt();
            while (session.Held.Count > 0)
            {
                session.GoTo(session.Held.Keys.MinBy(session.Ahead));
                Drain(session);
                if (session.Held.Count > 0) session.Doubt();
            }
            AskForRebirth();
        }
    }

    // What is held back when its session ends: the missing message never came.
    void GiveUpHeld()
    {
        StopWaiting();
        if (_session is not { } session) return;
        session.Doubt();
        foreach (var held in session.Held.Values)
        {
            if (held.IsAnswered) host.LetGo(this, held.Message.Payload.Length);
            else Release(held, RefuseHeld(held.Message, $"message {session.Next} before it never came"));
        }
        session.Held.Clear();
    }

    DecodedPayload RefuseHeld(in SparkplugMessage message, string reason)
    {
        try
        {
            return SparkplugPayload.TryRead(message.Payload.Span, out var payload, out var fault)
                ? Uncertain(message, payload, reason) : decoder.Unreadable(name, message, fault!);
        }
        catch (Exception defect)
        {
            return Broken(message, defect);
        }
    }
}
