using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>
/// What one meter is asked for: the reads of the points that are due, and what it turned out not to have. That is forgotten now and then
/// (a new firmware, a wire put right), after a long silence and by a restart, so that no register is hidden for ever.
/// </summary>
sealed class MeterPlan(RegisterMap model, TimeSpan forgetAfter)
{
    /// <summary>Polls in a row in which a read was lost while others were answered, before it counts as refused.</summary>
    const int LostBeforeRefused = 3;

    readonly Dictionary<ulong, ReadPlan> _byDue = [];
    readonly Dictionary<(MeterFunction, uint, ushort), int> _lost = [];
    readonly HashSet<RegisterPoint> _told = new(ReferenceEqualityComparer.Instance);
    ReadPlan _plan = ReadPlan.For(model);
    TimeSpan? _forgetAt;
    bool _triesOne;

    /// <summary>Which groups of points are asked for now, a bit each.</summary>
    public ulong Due { get; private set; }

    /// <summary>It has none of the points; one is tried.</summary>
    public bool HasNone => _triesOne;

    /// <summary>The reads of this poll. A refusal changes them.</summary>
    public IReadOnlyList<ReadBlock> Blocks => _plan.Blocks;

    /// <summary>
    /// Begins a poll of these groups. A meter that has none of the points is still asked for one of them: it stays in sight as failing,
    /// and once it has that one, it is asked for all.
    /// </summary>
    public void Begin(IReadOnlyList<PointGroup> groups, ulong due, TimeSpan now)
    {
        if (_forgetAt <= now) Forget();
        Due = due;
        if (!_byDue.TryGetValue(due, out var plan))
            _byDue[due] = plan = _plan.Of(groups.Where((_, i) => (due & (1UL << i)) != 0).SelectMany(group => group.Points));
        _plan = plan;
        if (_plan.Blocks.Count > 0) return;
        _plan = ReadPlan.For([model.Points[0]], model.Limits);
        _triesOne = true;
    }

    /// <summary>The meter refused a read: goes on with smaller ones. Returns points that it turned out not to have, told once.</summary>
    public IReadOnlyList<RegisterPoint> Refused(ReadBlock block, ModbusExceptionCode code, TimeSpan now)
    {
        var known = _plan.Unreadable.Count;
        _plan = _plan.WithoutRefused(block, code);
        if (_triesOne) return [];
        _lost.Remove(Key(block));
        _byDue.Clear();
        _byDue[Due] = _plan;
        _forgetAt ??= now + forgetAfter;
        return _plan.Unreadable.Count == known ? [] : [.. block.Points.Where(_told.Add)];
    }

    /// <summary>A read was lost although the meter answers others. Returns whether that happened so often that it counts as refused.</summary>
    public bool Lost(ReadBlock block)
    {
        var times = _lost.GetValueOrDefault(Key(block)) + 1;
        _lost[Key(block)] = times;
        return times >= LostBeforeRefused;
    }

    /// <summary>The meter answered a read with data.</summary>
    public void Confirmed(ReadBlock block)
    {
        if (_lost.Count > 0) _lost.Remove(Key(block));
        if (!_triesOne) return;
        Forget();
    }

    /// <summary>Another meter may be there now, or the same one put right.</summary>
    public void Forget()
    {
        _plan = ReadPlan.For(model);
        (_triesOne, _forgetAt) = (false, null);
        _byDue.Clear();
        _lost.Clear();
    }

    static (MeterFunction, uint, ushort) Key(ReadBlock block) => (block.Function, block.Address, block.Count);
}
