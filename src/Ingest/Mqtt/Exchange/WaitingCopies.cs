namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>
/// Copies that wait for one client, in order of arrival; QoS 0 apart, since it needs no room in the client's window and
/// does not outlive the connection. Not safe for threads: its owner locks.
/// </summary>
sealed class WaitingCopies(TimeProvider clock)
{
    /// <summary>Places that stay when a burst is over.</summary>
    const int PlacesKept = 128;

    readonly Queue<(Copy Copy, long Number)> _waiting = new();
    readonly Queue<(Copy Copy, long Number)> _waitingQos0 = new();
    long _number;

    // Nothing that waits is over before; so nobody looks for it in vain.
    long _firstExpiry = long.MaxValue;

    public int Count => _waiting.Count + _waitingQos0.Count;

    public void Add(in Copy copy)
    {
        (copy.Qos == 0 ? _waitingQos0 : _waiting).Enqueue((copy, ++_number));
        if (copy.Message.ExpiresAt is { } end && end < _firstExpiry) _firstExpiry = end;
    }

    /// <summary>The next in turn: any, or, while the client's window is full, the next of QoS 0.</summary>
    public bool TryTake(bool hasRoom, out Copy copy)
    {
        var first = hasRoom && _waiting.TryPeek(out var one) ? one.Number : long.MaxValue;
        var free = _waitingQos0.TryPeek(out var other) ? other.Number : long.MaxValue;
        copy = default;
        if (first == free) return false;
        var from = first < free ? _waiting : _waitingQos0;
        copy = from.Dequeue().Copy;
        if (from.Count == 0 && from.Capacity > PlacesKept) from.TrimExcess();
        return true;
    }

    /// <summary>Drops those whose life is over; false where there are none.</summary>
    public bool DropExpired(Action<ClientMessage> letGo)
    {
        if (clock.GetTimestamp() < _firstExpiry) return false;
        _firstExpiry = long.MaxValue;
        var before = Count;
        DropExpired(_waiting, letGo);
        DropExpired(_waitingQos0, letGo);
        return Count < before;
    }

    public void DropQos0(Action<ClientMessage> letGo)
    {
        while (_waitingQos0.TryDequeue(out var dropped)) letGo(dropped.Copy.Message);
        _waitingQos0.TrimExcess();
    }

    public void DropAll(Action<ClientMessage> letGo)
    {
        DropQos0(letGo);
        while (_waiting.TryDequeue(out var dropped)) letGo(dropped.Copy.Message);
        _waiting.TrimExcess();
    }

    void DropExpired(Queue<(Copy Copy, long Number)> from, Action<ClientMessage> letGo)
    {
        for (var left = from.Count; left > 0; left--)
        {
            var one = from.Dequeue();
            var message = one.Copy.Message;
            if (message.SecondsLeft(clock) == 0)
            {
                letGo(message);
                continue;
            }
            from.Enqueue(one);
            if (message.ExpiresAt is { } end && end < _firstExpiry) _firstExpiry = end;
        }
    }
}
