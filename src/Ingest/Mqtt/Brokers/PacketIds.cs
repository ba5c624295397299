namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>
/// The packet identifiers that we give out, 1 to 65535. Messages and subscriptions share them (3.1.1 §2.3.1), and a
/// message keeps its own over the end of a connection.
/// </summary>
sealed class PacketIds
{
    readonly Lock _lock = new();
    readonly HashSet<ushort> _used = [];

    /// <summary>The smallest that is free.</summary>
    public ushort Take()
    {
        lock (_lock)
        {
            ushort id = 1;
            while (!_used.Add(id)) id = checked((ushort)(id + 1));
            return id;
        }
    }

    public void Free(ushort id)
    {
        lock (_lock) _used.Remove(id);
    }
}
