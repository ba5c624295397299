using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>The faults of one gateway that are still to be saved. One that repeats is counted, and takes no more
/// room.</summary>
sealed class FaultNotes
{
    const int LongestText = 500;

    readonly List<GatewayFault> _faults = [];
    int _count;

    public void Add(string? meter, Instant at, string text)
    {
        _count++;
        Add(new GatewayFault(at, at, meter, text.Length > LongestText ? text[..LongestText] : text));
    }

    /// <summary>How many there were since this was last asked, whether they are still here or not.</summary>
    public int TakeCount()
    {
        var count = _count;
        _count = 0;
        return count;
    }

    public IReadOnlyList<GatewayFault> Take()
    {
        GatewayFault[] taken = [.. _faults];
        _faults.Clear();
        return taken;
    }

    public void GiveBack(IReadOnlyList<GatewayFault> faults)
    {
        var since = Take();
        foreach (var fault in faults) Add(fault);
        foreach (var fault in since) Add(fault);
    }

    void Add(GatewayFault fault)
    {
        var known = _faults.FindIndex(one => one.Text == fault.Text && one.Meter == fault.Meter);
        if (known >= 0)
        {
            var before = _faults[known];
            _faults.RemoveAt(known);
            fault = fault with { FirstAt = before.FirstAt, Times = before.Times + fault.Times };
        }
        else if (_faults.Count == IGatewayFaults.Most) _faults.RemoveAt(0);
        _faults.Add(fault);
    }
}
