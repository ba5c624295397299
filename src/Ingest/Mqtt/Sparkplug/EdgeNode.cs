using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>What an edge node tells its host beside the readings. Called under its lock: nothing may wait here.</summary>
interface IEdgeNodeHost
{
    /// <summary>A message that was held back has been decoded.</summary>
    void Release(DecodedPayload payload);

    /// <summary>It must be born again before its data can be understood.</summary>
    void WantsRebirth(EdgeNode node);

    /// <summary>A session of it begins, or begins anew.</summary>
    void IsBorn(EdgeNode node);

    /// <summary>What was last heard of it, or of one of its devices, is no longer its state.</summary>
    void IsStale(EdgeNode node, string? device, string reason);

    /// <summary>Takes room for so many held bytes; false where there is none.</summary>
    bool TryHold(int bytes);

    void LetGo(int bytes);
}

/// <summary>
/// One edge node as its host sees it (Sparkplug 3.0 §5). Its births say what a number means; everything else follows the
/// sequence: a message ahead of a missing one is held back until that one comes or is given up, and when it is given up
/// an alias counts only after the next birth. Nothing is ever stored under a name that is not certain: it is refused
/// with the reason, and a rebirth is asked for.
/// </summary>
sealed class EdgeNode(EdgeNodeName name, MetricDecoder decoder, IEdgeNodeHost host, SparkplugOptions options, TimeProvider clock)
    : IDisposable
{
    const int Behind = 128;

    readonly Lock _lock = new();
    EdgeSession? _session;
    readonly RebirthPacer _pacer = new(options.RebirthPause, clock);
    readonly BirthOrder _births = new(options.RebirthPause, clock);
    ITimer? _gap;
    bool _isWaiting;

    public EdgeNodeName Name => name;

    /// <summary>True between its birth and its death.</summary>
    public bool IsAlive { get { lock (_lock) return _session is not null; } }

    public int Held { get { lock (_lock) return _session?.Held.Count ?? 0; } }

    /// <summary>Takes a message; what it answers is to be stored, the rest is said to the host.</summary>
    public DecodedPayload Take(in SparkplugMessage message)
    {
        lock (_lock)
        {
            if (!SparkplugPayload.TryRead(message.Payload.Span, out var payload, out var fault))
                return decoder.Unreadable(name, message, fault!);
            if (payload.IsCompressed)
                return decoder.Unreadable(name, message, "Its metrics are compressed: switch that off at the edge node.");
            return message.Kind switch
            {
                MessageKind.NodeBirth => TakeNodeBirth(message, payload),
                MessageKind.NodeDeath => TakeNodeDeath(message, payload),
                _ => TakeInSequence(message, payload),
            };
        }
    }

    /// <summary>The way to it is lost, or it is: all that it said is stale until it is born again.</summary>
    public void Lose(string reason)
    {
        lock (_lock) Die(reason);
    }

    public void Dispose() => _gap?.Dispose();

    // §6.4.18: it begins a session anew, whatever was before.
    DecodedPayload TakeNodeBirth(in SparkplugMessage message, in SparkplugPayload payload)
    {
        var mark = message.Mark;
        switch (_births.Judge(payload.Timestamp, mark))
        {
            case BirthVerdict.Repeated:
                return decoder.Birth(name, message, payload, null);
            case BirthVerdict.Overtaken:
                Die("births came in the wrong order");
                AskForRebirth();
                return decoder.Birth(name, message, payload, null);
        }
        GiveUpHeld();
        var bdSeq = payload.Whole("bdSeq"u8);
        _session = new EdgeSession(bdSeq, payload.Timestamp, (byte)(payload.Seq ?? 0));
        _session.Take((byte)(payload.Seq ?? 0), mark);
        host.IsBorn(this);
        return Bear(_session.Node, message, payload);
    }

    // tck-id-payloads-ndeath-bdseq: a will that is not of this session says nothing about it.
    DecodedPayload TakeNodeDeath(in SparkplugMessage message, in SparkplugPayload payload)
    {
        if (_session is { } session && payload.Whole("bdSeq"u8) == session.BdSeq)
            Die($"it died at {message.ArrivedAt} (NDEATH)");
        return MetricDecoder.Nothing(name, message);
    }

    DecodedPayload TakeInSequence(in SparkplugMessage message, in SparkplugPayload payload)
    {
        if (_session is not { } session) return TakeUnborn(message, payload);
        if (payload.Seq is not { } number)
            return decoder.Unreadable(name, message, "It has no sequence number.");
        var (seq, mark) = ((byte)number, message.Mark);
        var ahead = session.Ahead(seq);
        if (session.HasTaken(seq, mark)) return MetricDecoder.Nothing(name, message);
        if (payload.Timestamp < session.BornAt && !(ahead == 0 && payload.IsHistorical))
        {
            AskForRebirth();
            return Uncertain(message, payload, "it was sent before the birth that we know");
        }
        if (ahead >= Behind)
        {
            if (message.IsBirth)
            {
                session.Doubt();
                AskForRebirth();
            }
            return Uncertain(message, payload, "it came too late to be in sequence");
        }
        if (ahead > 0) return Hold(session, seq, message, payload);
        session.Take(seq, mark);
        session.GoOn();
        var taken = Process(session, message, payload);
        Drain(session);
        return taken;
    }

    // Its birth was missed: at our start, or after the way to it was lost.
    DecodedPayload TakeUnborn(in SparkplugMessage message, in SparkplugPayload payload)
    {
        AskForRebirth();
        return Uncertain(message, payload, "its edge node has not been born since we listen");
    }

    // A message that may be missing only because it is late is worth a wait; but an acknowledgement is not, since that
    // of others would wait behind it.
    DecodedPayload Hold(EdgeSession session, byte seq, in SparkplugMessage message, in SparkplugPayload payload)
    {
        Wait();
        var reason = $"message {session.Next} before it is missing";
        if (session.Held.ContainsKey(seq) || !host.TryHold(message.Payload.Length))
            return Uncertain(message, payload, reason);
        session.Held[seq] = new HeldMessage(message with { Payload = message.Payload.ToArray() }, message.Qos > 0);
        return message.Qos > 0 ? Uncertain(message, payload, reason) : MetricDecoder.Nothing(name, message);
    }

    DecodedPayload Process(EdgeSession session, in SparkplugMessage message, in SparkplugPayload payload)
    {
        switch (message.Kind)
        {
            case MessageKind.DeviceBirth:
                var born = new MetricScope();
                session.Bear(message.Device, born);
                return Bear(born, message, payload);
            case MessageKind.DeviceDeath:
                if (session.Bury(message.Device)) host.IsStale(this, message.Device, $"it died at {At(payload, message)} (DDEATH)");
                return MetricDecoder.Nothing(name, message);
            default:
                var scope = message.Kind == MessageKind.NodeData ? session.Node : session.Device(message.Device);
                var data = decoder.Data(name, message, payload, scope);
                if (data.WantsBirth) AskForRebirth();
                return data.Payload;
        }
    }

    DecodedPayload Bear(MetricScope scope, in SparkplugMessage message, in SparkplugPayload payload)
    {
        scope.Room = EdgeSession.MostMetrics - _session!.Metrics;
        return decoder.Birth(name, message, payload, scope);
    }

    // A birth is complete in itself. Of data only what tells its name is certain, and only where its birth is known.
    DecodedPayload Uncertain(in SparkplugMessage message, in SparkplugPayload payload, string reason)
    {
        if (message.Kind == MessageKind.DeviceDeath) return MetricDecoder.Nothing(name, message);
        if (message.IsBirth) return decoder.Birth(name, message, payload, null);
        var scope = message.Kind == MessageKind.NodeData ? _session?.Node : _session?.Device(message.Device);
        return decoder.Data(name, message, payload, scope, reason).Payload;
    }

    void Drain(EdgeSession session)
    {
        while (session.Held.Remove(session.Next, out var held))
        {
            host.LetGo(held.Message.Payload.Length);
            session.Take(session.Next, held.Message.Mark);
            session.GoOn();
            if (held.IsAnswered && held.Message.IsData) continue;
            if (!SparkplugPayload.TryRead(held.Message.Payload.Span, out var payload, out _)) continue;
            var taken = Process(session, held.Message, payload);
            if (!held.IsAnswered) host.Release(taken);
        }
        if (session.Held.Count == 0) StopWaiting();
        else if (_isWaiting) _gap!.Change(options.ReorderTimeout, Timeout.InfiniteTimeSpan);
    }

    void Wait()
    {
        if (_isWaiting) return;
        _isWaiting = true;
        _gap ??= clock.CreateTimer(static self => ((EdgeNode)self!).GiveUp(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
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
            host.LetGo(held.Message.Payload.Length);
            if (!held.IsAnswered && SparkplugPayload.TryRead(held.Message.Payload.Span, out var payload, out _))
                host.Release(Uncertain(held.Message, payload, $"message {session.Next} before it never came"));
        }
        session.Held.Clear();
    }

    void AskForRebirth()
    {
        if (_pacer.MayAsk()) host.WantsRebirth(this);
    }

    void Die(string reason)
    {
        if (_session is not { } session) return;
        GiveUpHeld();
        _session = null;
        host.IsStale(this, null, reason);
        foreach (var device in session.Devices) host.IsStale(this, device, reason);
    }

    static Instant At(in SparkplugPayload payload, in SparkplugMessage message) =>
        payload.Timestamp is { } sent && SentTime.FromEpoch((long)Math.Min(sent, long.MaxValue), out var at) is null
            ? at : message.ArrivedAt;
}
