using System.Diagnostics.CodeAnalysis;
using System.Text;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>
/// Messages of QoS 0 and 1 to the broker. Outlives connections: what was not acknowledged on one goes out again, first
/// and in its order, on the next one that finds the session kept (3.1.1 §4.4).
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A semaphore without a wait handle has nothing to free.")]
sealed class BrokerPublisher(PacketIds ids, MqttFlow flow) : IBrokerOutlet
{
    readonly SemaphoreSlim _turn = new(1, 1);
    readonly Lock _lock = new();
    readonly List<Unacknowledged> _unacknowledged = [];
    TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    BrokerLink? _link;

    public async ValueTask<ReasonCode> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, int qos, bool retain, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(qos, 1);
        if (!MqttTopic.IsName(topic)) throw new ArgumentException("It cannot be published to.", nameof(topic));
        // It may have to go out again when the caller has long used its buffer for something else.
        var kept = qos == 0 ? payload : payload.ToArray();
        var packet = new PublishPacket(Encoding.UTF8.GetBytes(topic), kept, qos, Retain: retain);
        var answer = qos == 0 ? await SendAsync(packet) : await SendAndHearAsync(packet, stop);
        flow.Published(answer);
        return answer;
    }

    /// <summary>
    /// A new connection. Where the session was kept, what is not acknowledged goes out again before anything new.
    /// </summary>
    public async ValueTask AttachAsync(BrokerLink link)
    {
        await _turn.WaitAsync(link.Ended);
        try
        {
            Unacknowledged[] again;
            lock (_lock)
            {
                _link = link;
                // A broker that takes fewer at once than before would close the connection over the rest, for ever.
                Fail(link.Terms.SessionPresent ? link.Terms.SendMaximum : 0);
                again = [.. _unacknowledged];
                Changed();
            }
            foreach (var one in again)
                if (!await link.SendAsync(one.Packet with { Duplicate = true })) TakeBack(one);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The connection is over. Without a session to come back to, nothing will be acknowledged any more.</summary>
    public void Detach(bool forgets)
    {
        lock (_lock)
        {
            _link = null;
            if (forgets) Fail(0);
            Changed();
        }
    }

    /// <summary>PUBACK. One of a message that we know nothing of is passed over.</summary>
    public void Acknowledged(in AckPacket ack)
    {
        lock (_lock)
        {
            var id = ack.PacketId;
            var place = _unacknowledged.FindIndex(one => one.Packet.PacketId == id);
            if (place < 0) return;
            End(place).TrySetResult(ack.Reason);
            Changed();
        }
    }

    async ValueTask<ReasonCode> SendAsync(PublishPacket packet)
    {
        BrokerLink link;
        lock (_lock) link = _link ?? throw NotConnected();
        if (link.Judge(packet) is var refused and not ReasonCode.Success) return refused;
        return await link.SendAsync(packet) ? ReasonCode.Success : ReasonCode.PacketTooLarge;
    }

    async ValueTask<ReasonCode> SendAndHearAsync(PublishPacket packet, CancellationToken stop)
    {
        Task<ReasonCode> answer;
        await _turn.WaitAsync(stop);
        try
        {
            var link = await RoomAsync(stop);
            if (link.Judge(packet) is var refused and not ReasonCode.Success) return refused;
            var one = new Unacknowledged(packet with { PacketId = ids.Take() });
            answer = one.Answer.Task;
            lock (_lock) _unacknowledged.Add(one);
            try
            {
                if (!await link.SendAsync(one.Packet)) TakeBack(one);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // The connection is over, and its end decides: it goes out again with the next one, or the wait fails.
            }
        }
        finally
        {
            _turn.Release();
        }
        return await answer.WaitAsync(stop);
    }

    // Our turn is held meanwhile: messages go out in the order in which they were handed in.
    async ValueTask<BrokerLink> RoomAsync(CancellationToken stop)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_link is null) throw NotConnected();
                if (_unacknowledged.Count < _link.Terms.SendMaximum) return _link;
                changed = _changed.Task;
            }
            await changed.WaitAsync(stop);
        }
    }

    void TakeBack(Unacknowledged one)
    {
        lock (_lock)
            if (_unacknowledged.IndexOf(one) is >= 0 and var place)
                End(place).TrySetResult(ReasonCode.PacketTooLarge);
    }

    void Fail(int beyond)
    {
        while (_unacknowledged.Count > beyond)
            End(_unacknowledged.Count - 1).TrySetException(new IOException("The session that it was sent in is gone."));
    }

    TaskCompletionSource<ReasonCode> End(int place)
    {
        var one = _unacknowledged[place];
        _unacknowledged.RemoveAt(place);
        ids.Free(one.Packet.PacketId);
        return one.Answer;
    }

    void Changed()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    static IOException NotConnected() => new("Not connected to the broker.");

    sealed class Unacknowledged(PublishPacket packet)
    {
        public PublishPacket Packet { get; } = packet;

        public TaskCompletionSource<ReasonCode> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
