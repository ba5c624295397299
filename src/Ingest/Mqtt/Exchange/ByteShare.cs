namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>
/// Bytes that several hold together, never more than so many; a share may be part of a wider one. For any thread.
/// </summary>
sealed class ByteShare(long most, ByteShare? wider = null)
{
    long _held;

    public long Held => Volatile.Read(ref _held);

    public bool IsOverdrawn => Held > most;

    /// <summary>False where they are not left, here or in the wider share; then nothing is taken.</summary>
    public bool TryTake(long bytes)
    {
        Take(bytes);
        if (!IsOverdrawn && wider?.TryTake(bytes) != false) return true;
        Interlocked.Add(ref _held, -bytes);
        return false;
    }

    /// <summary>Takes them from this share whether they are left or not.</summary>
    public void Take(long bytes) => Interlocked.Add(ref _held, bytes);

    public void GiveBack(long bytes)
    {
        Interlocked.Add(ref _held, -bytes);
        wider?.GiveBack(bytes);
    }
}
