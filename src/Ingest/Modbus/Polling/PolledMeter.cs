using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>A meter as its endpoint's loop knows it: when which of its points are due, and how it is.</summary>
sealed class PolledMeter
{
    readonly PointGroup[] _groups;
    readonly string _source;
    readonly TimeSpan _refusedRetry;
    TimeSpan _retryAt;
    int[] _indexes = [];

    public PolledMeter(MeterTarget target, ModbusEndpoint endpoint, PollContext context)
    {
        var (now, wait) = (context.Steady.Now, PollSchedule.Share(target.Code, target.Period, context.Options.FirstSpread));
        Target = target;
        Health = new MeterHealth(context.BackOff);
        _refusedRetry = context.Options.RefusedRetry;
        Plan = new MeterPlan(target.Model, _refusedRetry);
        Discovery = new MeterDiscovery(target.Model, endpoint, context.Log);
        Setup = new MeterSetup(target.Model, endpoint, context.Log);
        _source = $"modbus:{target.Gateway}";
        _groups = [.. PointGroup.Of(target, context.Options.Spread, new Moment(now.Wall + wait, now.Steady + wait))];
    }

    public MeterTarget Target { get; }
    public MeterHealth Health { get; }
    public MeterPlan Plan { get; private set; }
    public MeterDiscovery Discovery { get; }
    public MeterSetup Setup { get; }

    /// <summary>It did not answer when it was last asked.</summary>
    public bool IsSilent => Health.Failures > 0;

    /// <summary>When it is to be asked next, on the steady clock.</summary>
    public TimeSpan DueAt
    {
        get
        {
            if (IsSilent) return _retryAt;
            var first = _groups[0].DueAt;
            for (var i = 1; i < _groups.Length; i++)
                if (_groups[i].DueAt < first) first = _groups[i].DueAt;
            return first;
        }
    }

    /// <summary>
    /// Lays out what is due now. Groups whose slots coincide are due together, even where one clock is a little ahead of the other; a
    /// silent meter that is tried between two slots is tried with its most frequent points.
    /// </summary>
    public void BeginPoll(Moment now)
    {
        var due = 0UL;
        var latest = now.Wall;
        foreach (var group in _groups)
            if (group.DueAt <= now.Steady && group.Slot > latest && group.Slot - latest < group.Period / 2) latest = group.Slot;
        for (var i = 0; i < _groups.Length; i++)
            if (_groups[i].DueAt <= now.Steady || _groups[i].Slot <= latest) due |= 1UL << i;
        Plan.Begin(_groups, due == 0 ? 1 : due, now.Steady);
    }

    /// <summary>It was silent so long that another one may be there when it answers.</summary>
    public void Died()
    {
        Plan.ForgetMeter();
        Setup.ForgetMeter();
        Discovery.Again();
    }

    /// <summary>Its registers were found, or, where the map has no points, lost: it is asked for these from now on.</summary>
    public void Bind(RegisterMap map, Moment now)
    {
        Plan = new MeterPlan(map, _refusedRetry);
        _groups[0].Points = map.Points;
        Plan.Begin(_groups, 1, now.Steady);
    }

    /// <summary>It answered: what was due waits for its next slot. Returns how many slots have passed unused.</summary>
    public long PlanNext(Moment now)
    {
        var missed = 0L;
        for (var i = 0; i < _groups.Length; i++)
            if ((Plan.Due & (1UL << i)) != 0) missed = Math.Max(missed, _groups[i].PlanNext(now));
        return missed;
    }

    /// <summary>
    /// It was silent, and what was due stays due: it is tried again soon while the pause is short, so that a quarter of an hour is not
    /// lost to one bad second; at a slot of its own once the pause is longer than its period.
    /// </summary>
    public void PlanRetry(Moment now)
    {
        var pauseEnds = now.Steady + Health.Pause;
        var slot = _groups[0].SlotFrom(now.Steady, now);
        _retryAt = pauseEnds <= slot ? pauseEnds : _groups[0].SlotFrom(pauseEnds, now);
    }

    /// <summary>The wall clock was set: slots are those of the time it shows now. Returns how many it jumped over.</summary>
    public long Realign(Moment now)
    {
        var missed = 0L;
        foreach (var group in _groups) missed = Math.Max(missed, group.Realign(now));
        return missed;
    }

    /// <summary>What a poll brought, for the pipeline.</summary>
    public IngestBatch Batch(List<Reading> readings, Instant now) =>
        new(_source, now, readings.ToArray(), Indexes(readings.Count), [], PayloadFormats.Json, default);

    // The same memory as long as the count is.
    int[] Indexes(int count) => _indexes.Length == count ? _indexes : _indexes = [.. Enumerable.Range(0, count)];
}
