using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>Points of a meter that are due together, and when.</summary>
sealed class PointGroup(PollSchedule schedule, IReadOnlyList<RegisterPoint> points, Instant firstSlot, TimeSpan firstDue)
{
    public TimeSpan Period => schedule.Period;
    public IReadOnlyList<RegisterPoint> Points { get; set; } = points;

    /// <summary>The slot it waits for, on the wall clock.</summary>
    public Instant Slot { get; private set; } = firstSlot;

    /// <summary>When that is, on the steady clock.</summary>
    public TimeSpan DueAt { get; private set; } = firstDue;

    /// <summary>
    /// The groups of a meter, the most frequent first. A period of the model makes its points rarer, never more frequent than the meter
    /// is to be asked; all groups share the meter's spread, so that a rare one falls on a slot of the frequent one where its period is a
    /// multiple.
    /// </summary>
    public static IReadOnlyList<PointGroup> Of(MeterTarget target, TimeSpan longestSpread, Moment first)
    {
        var spread = PollSchedule.Share(target.Code, target.Period, longestSpread);
        // Of a meter whose registers are still to be found.
        if (target.Model.Points.Count == 0) return [new(new PollSchedule(target.Period, spread), [], first.Wall, first.Steady)];
        return
        [
            .. target.Model.Points
                .GroupBy(point => point.Period > target.Period ? point.Period.Value : target.Period)
                .OrderBy(group => group.Key)
                .Select(group => new PointGroup(new PollSchedule(group.Key, spread), [.. group], first.Wall, first.Steady)),
        ];
    }

    /// <summary>It was asked for: the next slot. Returns how many slots have passed unused meanwhile.</summary>
    public long PlanNext(Moment now)
    {
        var missed = schedule.Between(Slot, now.Wall);
        Slot = schedule.NextAfter(Slot, now.Wall);
        DueAt = now.SteadyAt(Slot);
        return missed;
    }

    /// <summary>
    /// The wall clock was set: the next slot is one of the time it shows now. What is due already stays so, once. Returns how many slots
    /// the clock jumped over.
    /// </summary>
    public long Realign(Moment now)
    {
        if (DueAt <= now.Steady) return 0;
        var missed = Slot <= now.Wall ? schedule.Between(Slot, now.Wall) + 1 : 0;
        Slot = schedule.NextAfter(now.Wall);
        DueAt = now.SteadyAt(Slot);
        return missed;
    }

    /// <summary>The first slot that begins no earlier than this moment.</summary>
    public TimeSpan SlotFrom(TimeSpan steady, Moment now) => now.SteadyAt(schedule.NextAfter(now.Wall + (steady - now.Steady)));
}
