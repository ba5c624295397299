namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>
/// Whether the messages that come now may be ones that the broker kept for us while we were away: how old they are,
/// nobody says. A session that was there may hold some until a PINGREQ of ours is answered by a broker that had nothing
/// left to send. That is told by its in-flight window: a broker with a queue fills it, so one whose window was not full
/// when it read our PINGREQ had no queue. How wide the window is it does not say (mosquitto 20, EMQX 32, whatever we
/// grant), so it counts as full unless it was empty, or emptier than it has shown itself before on this connection.
/// </summary>
sealed class BrokerBacklog(bool sessionPresent)
{
    /// <summary>Between two questions, until it is through. Not at once: a broker may fetch its queue from a disk.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    readonly Lock _lock = new();
    readonly Queue<long> _acknowledgedBefore = new();
    long _received;
    long _widest;
    volatile bool _isOver = !sessionPresent;

    /// <summary>True from when on messages are of now.</summary>
    public bool IsOver => _isOver;

    /// <summary>A message of QoS 1 came.</summary>
    /// <param name="acknowledged">Messages that we have acknowledged on this connection.</param>
    public void Received(long acknowledged)
    {
        if (_isOver) return;
        _received++;
        _widest = Math.Max(_widest, _received - acknowledged);
    }

    /// <summary>A PINGREQ goes out, behind so many acknowledgements.</summary>
    public void Asked(long acknowledged)
    {
        lock (_lock) _acknowledgedBefore.Enqueue(acknowledged);
    }

    /// <summary>PINGRESP, in its turn behind the messages that were sent before it.</summary>
    public void Answered()
    {
        long acknowledged;
        lock (_lock)
            if (!_acknowledgedBefore.TryDequeue(out acknowledged)) return;
        // What the broker had on the way to us when it read the question: all that it sent before its answer, less what
        // it had heard from us by then.
        var onTheWay = _received - acknowledged;
        if (onTheWay <= 0 || onTheWay < _widest) _isOver = true;
    }
}
