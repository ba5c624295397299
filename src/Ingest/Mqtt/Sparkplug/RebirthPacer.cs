namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// Keeps rebirth requests to one edge node apart: a birth is large, and a node that cannot mend itself must not be asked
/// without end. The pause doubles as long as requests follow each other, and is short again after some quiet.
/// </summary>
sealed class RebirthPacer(TimeSpan shortest, TimeProvider clock)
{
    const int MostDoublings = 6;

    long? _askedAt;
    int _doublings;

    public bool MayAsk()
    {
        if (_askedAt is { } last)
        {
            var (elapsed, pause) = (clock.GetElapsedTime(last), shortest * (1 << _doublings));
            if (elapsed < pause) return false;
            _doublings = elapsed > pause * 2 ? 0 : Math.Min(_doublings + 1, MostDoublings);
        }
        _askedAt = clock.GetTimestamp();
        return true;
    }
}
