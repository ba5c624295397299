using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Last contact and last fault of a gateway or a meter, and whether that is saved already.</summary>
sealed class FieldEntry
{
    readonly Lock _lock = new();
    Instant? _seen;
    Instant? _faultAt;
    string? _fault;
    bool _changed;

    public void Seen(Instant at, TimeProvider clock)
    {
        lock (_lock)
        {
            // What lies in the future was noted before the clock was set back, and says nothing any more.
            if (_seen >= at && _seen <= clock.Now()) return;
            _seen = at;
            _changed = true;
        }
    }

    public void Fault(Instant at, string text)
    {
        lock (_lock) (_faultAt, _fault, _changed) = (at, text, true);
    }

    public void MarkChanged()
    {
        lock (_lock) _changed = true;
    }

    public FieldState? TakeChange(string gateway, string? meter)
    {
        lock (_lock)
        {
            if (!_changed) return null;
            _changed = false;
            return new FieldState(gateway, meter, _seen, _faultAt, _fault);
        }
    }
}
