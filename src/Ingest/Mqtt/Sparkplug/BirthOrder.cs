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

    public BirthVerdict Judge(ulong? sentAt, ulong mark)
    {
        if (_marks.Contains(mark)) return BirthVerdict.Repeated;
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

    bool GoesOn(ulong sentAt) =>
        _overtaken is var (before, heardAt) && sentAt > before && clock.GetElapsedTime(heardAt) >= pause;
}
