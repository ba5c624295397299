using System.Buffers;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>How much of one connection may be between receipt and acknowledgement.</summary>
/// <param name="Publishes">Messages.</param>
/// <param name="Bytes">What they hold together; one message is always let in, however large.</param>
readonly record struct InFlightWindow(int Publishes, int Bytes)
{
    public int WeightOf(int length) => Math.Min(Publishes, 1 + length / Math.Max(1, Bytes / Publishes));
}

/// <summary>
/// What one connection has received and not yet acknowledged, in order of receipt. Three parties that never wait for
/// each other's work: the read loop adds, one loop puts into the sink and feels its back-pressure, one loop waits for
/// the tickets and acknowledges in order, all that is ready in one write. Only a full window makes the read loop wait, and
/// then until half of it is free: were it let in for each place, it would read and be answered message by message.
/// </summary>
sealed class Deliveries(MqttVersion version, InFlightWindow window, MqttOutput output, MqttFlow flow)
{
    /// <summary>Acknowledgements in one write at most.</summary>
    const int MostInOneWrite = 512;

    readonly Handover _toPut = new();
    readonly Handover _toAcknowledge = new();
    readonly Lock _lock = new();
    readonly Dictionary<ushort, Delivery> _byId = [];
    readonly HashSet<ushort> _unreleased = [];
    readonly List<AckPacket> _ready = [];
    TaskCompletionSource? _roomMade;
    int _taken;
    int _enough;
    int _count;
    long _acknowledged;

    /// <summary>
    /// False where a sender that has more on the way than it may is only held back: a broker that restarts (mosquitto 2.0)
    /// does not always know what it may, and would do the same on every connection.
    /// </summary>
    public bool RefusesExcess { get; init; } = true;

    /// <summary>The way back to the senders; null where there is none.</summary>
    public IReplyWay? ReplyWay { get; init; }

    /// <summary>Messages between receipt and acknowledgement; 0 where every answer is written.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>True while this identifier is between receipt and acknowledgement.</summary>
    public bool IsInFlight(ushort packetId)
    {
        lock (_lock) return _byId.ContainsKey(packetId);
    }

    /// <summary>Answers that were written so far; one more is written only in a turn of the output.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>
    /// Registers the packet identifier. False where this is a message in flight sent again: its one acknowledgement is
    /// on the way, and a second could be taken for that of a later message.
    /// </summary>
    /// <exception cref="MqttProtocolException">The identifier is in flight for another message.</exception>
    public bool TryBegin(Delivery delivery)
    {
        if (delivery.Publish.Qos == 0) return true;
        lock (_lock)
        {
            // Only version 5 knows the window; an older sender is held back by not being read. It begins anew with every
            // connection (5.0 §4.9), so what was acknowledged on one before this does not count.
            var id = delivery.Publish.PacketId;
            if (RefusesExcess && version == MqttVersion.V5 && _byId.Count + _unreleased.Count >= window.Publishes
                && !_byId.ContainsKey(id) && !_unreleased.Contains(id))
                throw new MqttProtocolException(
                    ReasonCode.ReceiveMaximumExceeded, $"More than {window.Publishes} messages unacknowledged.");
            if (_byId.TryAdd(delivery.Publish.PacketId, delivery)) return true;
            if (delivery.Publish.Duplicate && delivery.Repeats(_byId[delivery.Publish.PacketId])) return false;
        }
        throw MqttProtocolException.Protocol(
            $"Packet identifier {delivery.Publish.PacketId} is still in use for another message.");
    }

    /// <summary>PUBREL: a message of QoS 2 is done, and counts no more.</summary>
    public void Release(ushort packetId)
    {
        lock (_lock) _unreleased.Remove(packetId);
    }

    /// <summary>True where there is room at once; else wait with <see cref="AddWhenRoomAsync"/>. It is put after the next
    /// <see cref="Show"/>.</summary>
    public bool TryAdd(Delivery delivery)
    {
        delivery.Weight = window.WeightOf(delivery.Publish.Payload.Length);
        lock (_lock)
        {
            if (_taken + delivery.Weight > window.Publishes) return false;
            _taken += delivery.Weight;
        }
        Add(delivery);
        return true;
    }

    public async ValueTask AddWhenRoomAsync(Delivery delivery, CancellationToken stop)
    {
        Show();
        await RoomFor(delivery).WaitAsync(stop);
        Add(delivery);
        Show();
    }

    /// <summary>Has all that was added put. To be called once for each read, since it is what costs.</summary>
    public void Show() => _toPut.Show();

    /// <summary>
    /// PUBACK or PUBREC. The identifier is free from now on: the sender may use it again as soon as it has the answer.
    /// </summary>
    public AckPacket AnswerOf(Delivery delivery)
    {
        lock (_lock)
        {
            _byId.Remove(delivery.Publish.PacketId);
            if (delivery.Publish.Qos == 2 && (byte)delivery.Verdict < 0x80) _unreleased.Add(delivery.Publish.PacketId);
        }
        var type = delivery.Publish.Qos == 1 ? PacketType.PubAck : PacketType.PubRec;
        return new AckPacket(type, delivery.Publish.PacketId, delivery.Verdict, delivery.Explanation);
    }

    /// <summary>No more will come: the loops end when what is here is done.</summary>
    public void Complete() => _toPut.Complete();

    /// <summary>
    /// Puts and acknowledges until completed or stopped. Throws what the sink or a ticket threw; then nothing more is
    /// acknowledged.
    /// </summary>
    /// <param name="put">Puts one message into the sink that it is given.</param>
    /// <param name="settle">Called for each message in its turn, before it is acknowledged, with its receipt where it
    /// went into the sink; it may still change the answer.</param>
    public async Task RunAsync(
        IReadingSink sink, Func<IReadingSink, Delivery, CancellationToken, ValueTask<Task<IngestReceipt>>> put,
        Action<Delivery, IngestReceipt?> settle, CancellationToken stop)
    {
        using var failing = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var onEnd = failing.Token.Register(() => WakeUp(failing.Token));
        var putting = PutAsync(sink, put, failing.Token);
        try
        {
            await AcknowledgeAsync(settle, failing.Token);
        }
        finally
        {
            await failing.CancelAsync();
            await putting;
        }
    }

    // The loops wait without a token, since each wait with one would cost an allocation.
    void WakeUp(CancellationToken stop)
    {
        var ended = new OperationCanceledException(stop);
        _toPut.Complete(ended);
        _toAcknowledge.Complete(ended);
    }

    void Add(Delivery delivery)
    {
        Interlocked.Increment(ref _count);
        _toPut.Add(delivery);
    }

    // Takes the room; completes when it is there.
    Task RoomFor(Delivery delivery)
    {
        lock (_lock)
        {
            _enough = Math.Min(window.Publishes - delivery.Weight, window.Publishes / 2);
            var isRoom = _taken <= _enough;
            // Nobody else takes any meanwhile: there is one read loop.
            _taken += delivery.Weight;
            _enough += delivery.Weight;
            if (isRoom) return Task.CompletedTask;
            _roomMade = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _roomMade.Task;
        }
    }

    async Task PutAsync(
        IReadingSink sink, Func<IReadingSink, Delivery, CancellationToken, ValueTask<Task<IngestReceipt>>> put,
        CancellationToken stop)
    {
        var gathering = new GatheringSink(sink);
        var (taken, done) = (new List<Delivery>(), new List<Delivery>());
        try
        {
            while (await _toPut.WaitAsync())
            {
                taken = _toPut.Take(taken);
                foreach (var delivery in taken)
                {
                    stop.ThrowIfCancellationRequested();
                    if (gathering.IsFull) await PassOnAsync(gathering, done, stop);
                    if (delivery.Verdict == ReasonCode.Success && !delivery.BypassesSink)
                        gathering.Keep(delivery, await PutAsync(gathering, put, delivery, done, stop));
                    done.Add(delivery);
                }
                taken.Clear();
                await PassOnAsync(gathering, done, stop);
            }
            _toAcknowledge.Complete();
        }
        catch (Exception exception)
        {
            // Handed to the acknowledging loop, which throws it once everything before it is answered.
            _toAcknowledge.Complete(exception);
        }
    }

    // What came before a message that cannot be put is put all the same.
    async ValueTask<Task<IngestReceipt>> PutAsync(
        GatheringSink sink, Func<IReadingSink, Delivery, CancellationToken, ValueTask<Task<IngestReceipt>>> put,
        Delivery delivery, List<Delivery> before, CancellationToken stop)
    {
        try
        {
            return await put(sink, delivery, stop);
        }
        catch (Exception) when (!stop.IsCancellationRequested)
        {
            await PassOnAsync(sink, before, stop);
            throw;
        }
    }

    async ValueTask PassOnAsync(GatheringSink gathering, List<Delivery> done, CancellationToken stop)
    {
        await gathering.PutAllAsync(stop);
        _toAcknowledge.Add(done);
        done.Clear();
        _toAcknowledge.Show();
    }

    async Task AcknowledgeAsync(Action<Delivery, IngestReceipt?> settle, CancellationToken stop)
    {
        var taken = new List<Delivery>();
        while (await _toAcknowledge.WaitAsync())
        {
            taken = _toAcknowledge.Take(taken);
            foreach (var delivery in taken)
            {
                stop.ThrowIfCancellationRequested();
                if (_ready.Count >= MostInOneWrite) await SendReadyAsync(stop);
                IngestReceipt? receipt = null;
                if ((delivery.Group?.Ticket ?? delivery.Ticket) is { } ticket)
                {
                    if (!ticket.IsCompletedSuccessfully) await SendReadyAsync(stop);
                    receipt = ticket.IsCompletedSuccessfully ? await ticket : await ticket.WaitAsync(stop);
                    if (delivery.Group is not null && receipt.Parts.Count > 0) receipt = receipt.Parts[delivery.Place];
                }
                var replies = delivery.Replies;
                if (delivery.IsPassedOn && delivery.Publish.Qos > 0)
                {
                    await SettleInTurnAsync(delivery, receipt, settle, stop);
                }
                else
                {
                    settle(delivery, receipt);
                    End(delivery);
                }
                if (replies.Count > 0) await ReplyAsync(replies, stop);
            }
            taken.Clear();
            await SendReadyAsync(stop);
        }
    }

    // After the acknowledgement: the reply tells the gateway that it may forget what it sent.
    async ValueTask ReplyAsync(IReadOnlyList<DialectReply> replies, CancellationToken stop)
    {
        await SendReadyAsync(stop);
        if (ReplyWay is null) return;
        foreach (var reply in replies) await ReplyWay.SendAsync(reply, stop);
    }

    // In one turn of the output: should its sender have subscribed to it too, then its own copy comes after the
    // acknowledgement.
    async ValueTask SettleInTurnAsync(
        Delivery delivery, IngestReceipt? receipt, Action<Delivery, IngestReceipt?> settle, CancellationToken stop)
    {
        await output.SendAsync((Self: this, delivery, receipt, settle), static (writer, work) =>
        {
            work.settle(work.delivery, work.receipt);
            work.Self.End(work.delivery);
            work.Self.WriteReady(writer);
        }, stop);
        flow.Acknowledged(_ready.Count);
        _ready.Clear();
    }

    void End(Delivery delivery)
    {
        if (delivery.Publish.Qos > 0) _ready.Add(AnswerOf(delivery));
        else Interlocked.Decrement(ref _count);
        Leave(delivery.Weight);
        var group = delivery.Group;
        Delivery.Pool.Return(delivery);
        if (group is not null && --group.Open == 0) MessageGroup.Pool.Return(group);
    }

    void Leave(int weight)
    {
        TaskCompletionSource? made = null;
        lock (_lock)
        {
            _taken -= weight;
            if (_roomMade is not null && _taken <= _enough) (made, _roomMade) = (_roomMade, null);
        }
        made?.TrySetResult();
    }

    async ValueTask SendReadyAsync(CancellationToken stop)
    {
        if (_ready.Count == 0) return;
        await output.SendAsync(this, static (writer, self) => self.WriteReady(writer), stop);
        flow.Acknowledged(_ready.Count);
        _ready.Clear();
    }

    void WriteReady(IBufferWriter<byte> writer)
    {
        foreach (var ack in _ready) ack.Write(writer, version);
        Interlocked.Add(ref _acknowledged, _ready.Count);
        // Not before: whoever finds nothing waiting may answer at once, and must not overtake these.
        Interlocked.Add(ref _count, -_ready.Count);
    }
}
