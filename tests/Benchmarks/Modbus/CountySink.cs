using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Modbus.Polling;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Benchmarks.Modbus;

/// <summary>
/// Counts what the poller brings, holds every value against the only register it can come from, and measures how far each poll was from
/// its slot. Passes it on to the pipeline, or is the end of the way.
/// </summary>
sealed class CountySink(IRegistry registry, TimeSpan spread, IReadingSink? next) : IReadingSink
{
    const int LongestMs = 10_000;

    readonly Lock _lock = new();
    readonly int[] _offsets = new int[LongestMs + 1];
    readonly Dictionary<MeterId, (byte Unit, PollSchedule Schedule)> _meters = [];
    bool _measures;

    public long Readings { get; private set; }

    /// <summary>Values that are not what their meter's register holds.</summary>
    public long Wrong { get; private set; }

    /// <summary>Polls between <see cref="Measure"/> with true and with false.</summary>
    public int Polls { get; private set; }

    public void Measure(bool on)
    {
        lock (_lock) _measures = on;
    }

    /// <summary>The distance from the slot, in milliseconds, that this share of the polls kept.</summary>
    public int OffsetMs(double share)
    {
        lock (_lock)
        {
            var left = (long)Math.Ceiling(Polls * share);
            for (var ms = 0; ms < LongestMs; ms++)
                if ((left -= _offsets[ms]) <= 0) return ms;
            return LongestMs;
        }
    }

    public ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop)
    {
        lock (_lock)
        {
            if (_meters.Count == 0) Learn();
            Reading? last = null;
            foreach (var reading in batch.Readings)
            {
                var meter = _meters[reading.Series.Meter];
                Readings++;
                if (reading.Value != CountyModel.ValueOf(meter.Unit, reading.Series.Quantity)) Wrong++;
                if (_measures && (last is not { } before || before.Series.Meter != reading.Series.Meter || before.At != reading.At))
                {
                    Polls++;
                    _offsets[Offset(meter.Schedule, reading.At)]++;
                }
                last = reading;
            }
        }
        return next is not null ? next.PutAsync(batch, stop) : new(Task.FromResult(new IngestReceipt(batch.Received, batch.Received, [])));
    }

    void Learn()
    {
        var byCode = registry.Current.Meters.ToDictionary(meter => meter.Code);
        for (var i = 0; i < byCode.Count; i++)
            _meters[byCode[CountyField.Code(i)].Id] = (CountyField.UnitOf(i), PollSchedule.For(CountyField.Code(i), CountyField.Period, spread));
    }

    // From the last slot, or to the next where that is nearer.
    static int Offset(PollSchedule schedule, Instant at)
    {
        var toNext = schedule.NextAfter(at) - at;
        var fromLast = CountyField.Period - toNext;
        return (int)Math.Min((fromLast < toNext ? fromLast : toNext).TotalMilliseconds, LongestMs);
    }
}
