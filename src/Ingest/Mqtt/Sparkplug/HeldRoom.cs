namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>What one edge node keeps waiting, in bytes as they came.</summary>
sealed class HeldShare
{
    long _bytes;

    public long Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}

/// <summary>
/// The room for what the edge nodes of one way in keep waiting: held back for a missing message, or let go and not stored
/// yet. One of them has its share of it and takes nothing of its neighbours'. Where there is none, a message is refused
/// with the reason, which its sender's window bounds.
/// </summary>
/// <param name="mostInAll">In bytes as they came; decoded they are up to six times that.</param>
/// <param name="mostOfOne">Of one edge node; a single message may be larger.</param>
sealed class HeldRoom(long mostInAll, long mostOfOne)
{
    long _taken;

    public long Taken => Interlocked.Read(ref _taken);

    public bool TryTake(HeldShare share, long bytes)
    {
        var own = share.Add(bytes);
        var all = Interlocked.Add(ref _taken, bytes);
        if (all <= mostInAll && (own <= mostOfOne || own == bytes)) return true;
        Free(share, bytes);
        return false;
    }

    public void Free(HeldShare share, long bytes)
    {
        share.Add(-bytes);
        Interlocked.Add(ref _taken, -bytes);
    }
}
