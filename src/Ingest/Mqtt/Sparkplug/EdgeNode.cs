using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// One edge node as its host sees it (Sparkplug 3.0 §5). Its births say what a number means; everything else follows the
/// sequence: a message ahead of a missing one is held back until that one comes or is given up, and when it is given up
/// an alias counts only after the next birth. Nothing is ever stored under a name that is not certain: it is refused
/// with the reason, and a rebirth is asked for.
/// </summary>
sealed partial class EdgeNode(
    EdgeNodeName name, MetricDecoder decoder, IEdgeNodeHost host, SparkplugOptions options, TimeProvider clock)
    : IDisposable
{
    const int Behind = 128;

    readonly Lock _lock = new();
    readonly RebirthPacer _pacer = new(options.RebirthPause, clock);
    readonly BirthOrder _births = new(options.RebirthPause, clock);
    EdgeSession? _session;

    public EdgeNodeName Name => name;

    /// <summary>What it keeps waiting; the host counts it.</summary>
    public HeldShare Share { get; } = new();

    /// <summary>True between its birth and its death.</summary>
    public bool IsAlive { get { lock (_lock) return _session is not null; } }

    public int Held { get { lock (_lock) return _session?.Held.Count ?? 0; } }

    /// <summary>Takes a message; what it answers is to be stored, the rest is said to the host.</summary>
    public DecodedPayload Take(in SparkplugMessage message)
    {
        lock (_lock)
        {
            try
            {
                return Judge(message);
            }
            catch (Exception defect)
            {
                return Broken(message, defect);
            }
        }
    }

    /// <summary>The way to it is lost, or it is: all that it said is stale until it is born again.</summary>
    public void Lose(string reason)
    {
        lock (_lock)
        {
            Die(reason);
            // The next connection begins anew: what comes on it has not overtaken anything.
            _births.Forget();
        }
    }

    public void Dispose() => _gap?.Dispose();

    DecodedPayload Judge(in SparkplugMessage message)
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

    // It costs this message, which is kept as it came, and no other; what it may have defined is not certain.
    DecodedPayload Broken(in SparkplugMessage message, Exception defect)
    {
        host.IsBroken(this, defect);
        _session?.Doubt();
        AskForRebirth();
        return decoder.Unreadable(name, message, $"It was met by a defect of this service: {defect.Message}");
    }

    // §6.4.18: it begins a session anew, whatever was before.
    DecodedPayload TakeNodeBirth(in SparkplugMessage message, in SparkplugPayload payload)
    {
        var mark = message.Mark;
        switch (_births.Judge(payload.Timestamp, mark, isDead: _session is null))
        {
            case BirthVerdict.Repeated:
                return decoder.Birth(name, message, payload, null);
            case BirthVerdict.Overtaken:
                Die("births came in the wrong order");
                AskForRebirth();
                return decoder.Birth(name, message, payload, null);
        }
        GiveUpHeld();
        var seq = (byte)(payload.Seq ?? 0);
        _session = new EdgeSession(payload.Whole("bdSeq"u8), payload.Timestamp, seq);
        _session.Take(seq, mark);
        host.IsBorn(this);
        return Bear(_session, _session.Node, message, payload);
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
        // In its turn it is no repetition, even where it says the same as the one 256 before it.
        if (ahead != 0 && session.HasTaken(seq, mark)) return Repeat(session, seq, message, payload);
        if (payload.Timestamp < session.BornAt && !(ahead == 0 && payload.IsHistorical))
        {
            AskForRebirth();
            return Uncertain(message, payload, "it was sent before the birth that we know");
        }
        if (ahead >= Behind)
        {
            if (message.IsBirth)
            {
                // It may be of a session whose NBIRTH is still on the way. What waits is of the one before it, and must not
                // pass for its successor's when a number of that fills the gap.
                GiveUpHeld();
                session.Doubt();
                AskForRebirth();
            }
            return Uncertain(message, payload, "it came too late to be in sequence");
        }
        if (ahead > 0) return Hold(session, seq, message, payload);
        session.Take(seq, mark);
        var taken = Process(session, seq, message, payload);
        Drain(session);
        return taken;
    }

    // Its birth was missed: at our start, or after the way to it was lost.
    DecodedPayload TakeUnborn(in SparkplugMessage message, in SparkplugPayload payload)
    {
        AskForRebirth();
        return Uncertain(message, payload, "its edge node has not been born since we listen");
    }

    // At QoS 0 the way has doubled it. Above, its sender has had no answer: what it holds may not have become durable. So
    // it is put again, understood as it was; that it may be there already the store does not mind.
    DecodedPayload Repeat(
        EdgeSession session, byte seq, in SparkplugMessage message, in SparkplugPayload payload)
    {
        if (message.Qos == 0) return MetricDecoder.Nothing(name, message);
        return message.IsData && session.Recall(seq) is { } meaning
            ? decoder.Data(name, message, payload, meaning).Payload
            : Uncertain(message, payload, "it came again, and births before it have been replaced");
    }

    DecodedPayload Process(
        EdgeSession session, byte seq, in SparkplugMessage message, in SparkplugPayload payload)
    {
        switch (message.Kind)
        {
            case MessageKind.DeviceBirth:
                if (!session.HasRoomFor(message.Device))
                    return decoder.Unreadable(
                        name, message, $"Its edge node has {EdgeSession.MostDevices} devices already, which is the most.");
                var born = new MetricScope();
                session.Bear(message.Device, born);
                return Bear(session, born, message, payload);
            case MessageKind.DeviceDeath:
                if (session.Bury(message.Device))
                    host.IsStale(this, message.Device, $"it died at {At(payload, message)} (DDEATH)");
                return MetricDecoder.Nothing(name, message);
            default:
                var meaning = Understand(session, seq, message);
                var data = decoder.Data(name, message, payload, meaning);
                if (data.WantsBirth) AskForRebirth();
                return data.Payload;
        }
    }

    // Nobody sends a message of QoS 0 again.
    static Meaning Understand(EdgeSession session, byte seq, in SparkplugMessage message)
    {
        var meaning = Meaning.Of(session, message);
        if (message.Qos > 0) session.Remember(seq, meaning);
        return meaning;
    }

    DecodedPayload Bear(
        EdgeSession session, MetricScope scope, in SparkplugMessage message, in SparkplugPayload payload)
    {
        scope.Room = EdgeSession.MostMetrics - session.Metrics;
        try
        {
            return decoder.Birth(name, message, payload, scope);
        }
        finally
        {
            session.Count(scope);
        }
    }

    // A birth is complete in itself. Of data only what tells its name is certain, and only where its birth is known.
    DecodedPayload Uncertain(in SparkplugMessage message, in SparkplugPayload payload, string reason)
    {
        if (message.Kind == MessageKind.DeviceDeath) return MetricDecoder.Nothing(name, message);
        if (message.IsBirth) return decoder.Birth(name, message, payload, null);
        var scope = _session is { } session ? Meaning.Of(session, message).Scope : null;
        return decoder.Data(name, message, payload, new Meaning(scope, reason)).Payload;
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
