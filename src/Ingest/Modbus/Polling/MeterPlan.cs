using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>
/// What one meter is asked for: the reads of the points that are due, and what it turned out not to have. That is tried again by itself,
/// ever more seldom (a meter may refuse for a moment, get another firmware or its wires put right), and forgotten after a long silence
/// and by a restart: no register is hidden for ever.
/// </summary>
sealed class MeterPlan(RegisterMap model, TimeSpan longestPause)
{
    /// <summary>Polls in a row in which a read was lost while others were answered, before it counts as refused.</summary>
    const int LostBeforeRefused = 3;

    /// <summary>The same for a read that cannot be parted: the points themselves are given up then.</summary>
    const int LostBeforeGivenUp = 12;

    static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(5);

    readonly Dictionary<ulong, ReadPlan> _byDue = [];
    readonly Dictionary<(MeterFunction, uint, ushort), int> _lost = [];
    readonly HashSet<RegisterPoint> _told = new(ReferenceEqualityComparer.Instance);
    ReadPlan _plan = ReadPlan.For(model);
    IReadOnlyList<ReadBlock>? _tried;
    int _turn;
    TimeSpan? _retryAt;
    TimeSpan _pause = FirstPause;

    /// <summary>Which groups of points are asked for now, a bit each.</summary>
    public ulong Due { get; private set; }

    /// <summary>It has none of its model's points.</summary>
    public bool HasNone => _plan.Unreadable.Count == model.Points.Count;

    /// <summary>The reads of this poll. A refusal changes them.</summary>
    public IReadOnlyList<ReadBlock> Blocks => _tried ?? _plan.Blocks;

    /// <summary>What it did not have, to be tried in this poll, each by itself; mostly nothing.</summary>
    public IReadOnlyList<ReadBlock> Retries { get; private set; } = [];

    /// <summary>
    /// Begins a poll of these groups. A meter that has none of their points is asked for one of those it has not, each in its turn: it
    /// stays in sight, and once it has one, it is asked for all.
    /// </summary>
    public void Begin(IReadOnlyList<PointGroup> groups, ulong due, TimeSpan now)
    {
        Due = due;
        Retries = _retryAt <= now ? RetriesFrom(now) : [];
        if (!_byDue.TryGetValue(due, out var plan)) _byDue[due] = plan = _plan.Of(PointsOf(groups, due));
        _plan = plan;
        _tried = _plan.Blocks.Count == 0 && _plan.Unreadable.Count > 0 ? [NextMissing()] : null;
    }

    /// <summary>The meter refused a read: goes on with smaller ones. Returns points that it turned out not to have, told once.</summary>
    public IReadOnlyList<RegisterPoint> Refused(ReadBlock block, ModbusExceptionCode code, TimeSpan now)
    {
        if (_tried is not null) return [];
        var known = _plan.Unreadable.Count;
        _plan = _plan.WithoutRefused(block, code);
        _lost.Remove(Key(block));
        _byDue.Clear();
        _byDue[Due] = _plan;
        _retryAt ??= now + Shorter(_pause, longestPause);
        return _plan.Unreadable.Count == known ? [] : [.. block.Points.Where(_told.Add)];
    }

    /// <summary>A read was lost although the meter answers others. Returns whether that happened so often that it counts as refused.</summary>
    public bool Lost(ReadBlock block)
    {
        var times = _lost.GetValueOrDefault(Key(block)) + 1;
        _lost[Key(block)] = times;
        return times >= (block.Points.Count == 1 ? LostBeforeGivenUp : LostBeforeRefused);
    }

    /// <summary>The meter answered a read with data.</summary>
    public void Confirmed(ReadBlock block)
    {
        if (_lost.Count > 0) _lost.Remove(Key(block));
        if (_tried is not null) Forget();
    }

    /// <summary>The meter has what it had not: all is worth asking for as at first.</summary>
    public void Forget()
    {
        _plan = ReadPlan.For(model);
        (_tried, Retries, _retryAt, _pause) = (null, [], null, FirstPause);
        _byDue.Clear();
        _lost.Clear();
    }

    /// <summary>Another meter may be there now: what it does not have is told anew.</summary>
    public void ForgetMeter()
    {
        Forget();
        _told.Clear();
    }

    static IEnumerable<RegisterPoint> PointsOf(IReadOnlyList<PointGroup> groups, ulong due) =>
        groups.Where((_, i) => (due & (1UL << i)) != 0).SelectMany(group => group.Points);

    IReadOnlyList<ReadBlock> RetriesFrom(TimeSpan now)
    {
        _pause = Shorter(_pause * 2, longestPause);
        _retryAt = now + _pause;
        return Missing();
    }

    // Each point or group by itself.
    IReadOnlyList<ReadBlock> Missing() => ReadPlan.For(_plan.Unreadable, model.Limits with { SingleReads = true }).Blocks;

    ReadBlock NextMissing()
    {
        var missing = Missing();
        return missing[_turn++ % missing.Count];
    }

    static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    static (MeterFunction, uint, ushort) Key(ReadBlock block) => (block.Function, block.Address, block.Count);
}
