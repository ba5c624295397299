using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Maps;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>A meter as its endpoint's loop knows it: when it is due, how it is, and what it turned out not to have.</summary>
sealed class PolledMeter(MeterTarget target, PollSchedule schedule, BackOff rule, Instant firstDue)
{
    ReadPlan _plan = ReadPlan.For(target.Model);
    bool _triesOne;

    public MeterTarget Target { get; } = target;
    public MeterHealth Health { get; } = new(rule);
    public Instant Due { get; private set; } = firstDue;
    public ReadPlan Plan => _plan;

    public bool IsSilent => Health.Failures > 0;

    /// <summary>After an answer: the next slot. Returns how many slots have passed unused meanwhile.</summary>
    public long PlanNext(Instant now)
    {
        var missed = Math.Max(0, schedule.Between(Due, now));
        Due = schedule.NextAfter(now);
        return missed;
    }

    /// <summary>
    /// After a failure: soon again while the pause is short, so that a quarter of an hour is not lost to one bad second; at a slot of
    /// its own once the pause is longer than its period.
    /// </summary>
    public void PlanRetry(Instant now)
    {
        var slot = schedule.NextAfter(now);
        var pauseEnds = now + Health.Pause;
        Due = pauseEnds <= slot ? pauseEnds : schedule.NextAfter(pauseEnds);
    }

    /// <summary>The clock was set back: no meter is due later than one period from now.</summary>
    public void KeepWithin(Instant now)
    {
        if (!IsSilent && Due - now > schedule.Period) Due = schedule.NextAfter(now);
    }

    /// <summary>
    /// A meter that has none of its model's points is still asked for one of them each time: it stays in sight as failing, and once it
    /// has that one, it is asked for all.
    /// </summary>
    public void BeginPoll()
    {
        if (_plan.Blocks.Count > 0) return;
        _plan = ReadPlan.For([Target.Model.Points[0]], Target.Model.Limits);
        _triesOne = true;
    }

    /// <summary>The meter refused a block: goes on with smaller ones. True where points turned out not to exist at all.</summary>
    public bool Refused(ReadBlock block)
    {
        var next = _plan.WithoutRefused(block);
        var lost = next.Unreadable.Count > _plan.Unreadable.Count;
        _plan = next;
        return lost && !_triesOne;
    }

    /// <summary>The meter answered a block with data.</summary>
    public void Confirmed()
    {
        if (!_triesOne) return;
        _triesOne = false;
        _plan = ReadPlan.For(Target.Model);
    }
}
