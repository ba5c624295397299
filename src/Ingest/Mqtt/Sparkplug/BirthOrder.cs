namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

enum BirthVerdict { New, Repeated, Overtaken }

/// <summary>
/// Tells the NBIRTH that begins a session from one that was delayed or doubled on its way. One that was sent before the
/// newest we know has been overtaken; or the edge node's clock was set back, and then the next one, some time later, goes
/// on from there.
/// </summary>
sealed class BirthOrder(TimeSpan pause, TimeProvider clock)
{
    const int Remembered = 16;

    readonly Queue<ulong> _marks = new(Remembered);
    ulong? _newest;
    (ulong SentAt, long HeardAt)? _overtaken;

    /// <param name="isDead">Of an edge node that is not alive a birth without a time may say what one before it said.</param>
    public BirthVerdict Judge(ulong? sentAt, ulong mark, bool isDead)
    {
        if (_marks.Contains(mark)) return isDead && sentAt is null ? BirthVerdict.New : BirthVerdict.Repeated;
        if (_marks.Count == Remembered) _marks.Dequeue();
        _marks.Enqueue(mark);
        if (sentAt is { } at && at < _newest && !GoesOn(at))
        {
            _overtaken = (at, clock.GetTimestamp());
            return BirthVerdict.Overtaken;
        }
        (_newest, _overtaken) = (sentAt, null);
        return BirthVerdict.New;
    }

    /// <summary>A birth that was heard before may be heard again, and then it is one.</summary>
    public void Forget() => _marks.Clear();

    bool GoesOn(ulong sentAt) =>
        _overtaken is var (before, heardAt) && sentAt > before && clock.GetElapsedTime(heardAt) >= pause;
}
