using System.Runtime.CompilerServices;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>
/// Points → fewest reads under the model's limits. Pure: the same points give the same plan, in whatever order they come. What a meter
/// refused changes the plan (<see cref="WithoutRefused"/>), and every plan made from it for the points of one poll (<see cref="Of"/>)
/// keeps what was learnt; whoever polls keeps the last plan, one for each meter.
/// </summary>
public sealed class ReadPlan
{
    // Of all meters of one model that taught nothing yet.
    static readonly ConditionalWeakTable<RegisterMap, ReadPlan> First = [];

    readonly IReadOnlyList<ReadChunk> _all;
    readonly IReadOnlyList<ReadChunk> _wanted;
    readonly LearntLimits _learnt;

    ReadPlan(IReadOnlyList<ReadChunk> all, IReadOnlyList<ReadChunk> wanted, LearntLimits learnt, IReadOnlyList<ReadBlock> before)
    {
        (_all, _wanted, _learnt) = (all, wanted, learnt);
        Blocks = [.. Cut(wanted, learnt).Select(block => before.FirstOrDefault(old => IsSame(old, block)) ?? block)];
    }

    /// <summary>The reads, by function and address. A read that stays the same from plan to plan stays the same object.</summary>
    public IReadOnlyList<ReadBlock> Blocks { get; }

    /// <summary>Points the meter turned out not to have, whether this plan is of them or not.</summary>
    public IReadOnlyList<RegisterPoint> Unreadable => _learnt.Unreadable;

    public static ReadPlan For(RegisterMap map) => First.GetValue(map, static map => For(map.Points, map.Limits));

    public static ReadPlan For(IReadOnlyList<RegisterPoint> points, ReadLimits limits)
    {
        var chunks = ReadChunk.Of(points);
        return new(chunks, chunks, LearntLimits.None(limits), []);
    }

    /// <summary>
    /// The plan for some of the points it was first made for, say those due now; a point's group is read with it. Knows what was learnt
    /// from any plan before it. Costs a walk over the points; the plan itself where nothing changes.
    /// </summary>
    public ReadPlan Of(IEnumerable<RegisterPoint> points)
    {
        var wanted = points.ToHashSet(ReferenceEqualityComparer.Instance);
        var chunks = _all.Where(chunk => chunk.Points.Any(wanted.Contains)).ToList();
        return chunks.SequenceEqual(_wanted) ? this : new(_all, chunks, _learnt, Blocks);
    }

    /// <summary>The plan that asks again for what the meter did not have, each point or group by itself.</summary>
    public ReadPlan Again() => Unreadable.Count == 0 ? this : new(_all, _wanted, _learnt.Again(), Blocks);

    /// <summary>
    /// The plan after a meter refused this block of it. Exception 2 (no such register): first without the holes, then in halves, and at
    /// last without the one point or group that is refused by itself; what was cut on the way to it is joined again. Exception 3 (too
    /// many registers): in halves, and as small from then on.
    /// </summary>
    public ReadPlan WithoutRefused(ReadBlock refused, ModbusExceptionCode code = ModbusExceptionCode.IllegalDataAddress)
    {
        if (!Blocks.Contains(refused, ReferenceEqualityComparer.Instance)) return this;
        var chunks = _wanted.Where(chunk => refused.Points.Contains(chunk.Points[0], ReferenceEqualityComparer.Instance)).ToList();
        return new(_all, _wanted, _learnt.After(chunks, code), Blocks);
    }

    static bool IsSame(ReadBlock a, ReadBlock b) =>
        (a.Function, a.Address, a.Count) == (b.Function, b.Address, b.Count)
        && a.Points.SequenceEqual(b.Points, ReferenceEqualityComparer.Instance);

    // Walks the chunks by address and lets a read grow as long as it may. A chunk inside another costs nothing, and of the others each
    // begins and ends behind the one before: no choice of reads needs fewer than growing each as far as it goes.
    static List<ReadBlock> Cut(IReadOnlyList<ReadChunk> chunks, LearntLimits limits)
    {
        var blocks = new List<ReadBlock>();
        ReadChunk? open = null;
        foreach (var chunk in chunks)
        {
            if (limits.IsUnreadable(chunk)) continue;
            if (open is not null && limits.CanJoin(open, chunk)) open = open.With(chunk);
            else
            {
                if (open is not null) blocks.Add(open.ToBlock());
                open = chunk;
            }
        }
        if (open is not null) blocks.Add(open.ToBlock());
        return blocks;
    }
}
