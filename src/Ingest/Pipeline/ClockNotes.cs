using System.Globalization;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Watches a gateway's clock by the times in its messages.</summary>
sealed class ClockNotes
{
    /// <summary>Fewer live messages do not raise a fault.</summary>
    const int FewestForFault = 3;

    readonly Lock _lock = new();
    TimedMessages? _times;
    bool _hasNew;
    bool _saidFault;

    /// <summary>The last estimate there was; null before the first.</summary>
    public ClockDrift? Drift { get; private set; }

    public bool? SendsTime { get; private set; }

    /// <summary>
    /// The newest time in a message is taken for the time of the message. What an interval used is stamped with the
    /// interval's begin, which says nothing of the clock.
    /// </summary>
    public void Note(IngestBatch batch)
    {
        var newest = long.MinValue;
        var hasReadings = false;
        var readings = batch.Readings;
        for (var i = 0; i < readings.Count; i++)
        {
            var reading = readings[i];
            if (reading.Series.Quantity is Quantity.EnergyInterval or Quantity.VolumeInterval) continue;
            hasReadings = true;
            if ((reading.Doubt & Doubt.ArrivalTime) == 0) newest = Math.Max(newest, reading.At.UnixMilliseconds);
        }
        if (!hasReadings) return;
        lock (_lock)
        {
            SendsTime = newest != long.MinValue;
            if (newest == long.MinValue) return;
            (_times ??= new TimedMessages()).Add(new TimedMessage(new Instant(newest), batch.ArrivedAt));
            _hasNew = true;
        }
    }

    /// <summary>Estimates anew where there is anything new.</summary>
    /// <param name="limit">Beyond this it is a fault; zero is no limit.</param>
    /// <returns>The fault in words, once until the clock was right again.</returns>
    public string? Judge(Instant now, TimeSpan limit)
    {
        lock (_lock)
        {
            if (!_hasNew) return null;
            _hasNew = false;
            if (_times!.Drift(now) is not { } drift) return null;
            Drift = drift;
            if (drift.Messages < FewestForFault || limit <= TimeSpan.Zero) return null;
            var isBeyond = Math.Abs(drift.Ms) > limit.TotalMilliseconds;
            if (!isBeyond || _saidFault)
            {
                _saidFault = isBeyond;
                return null;
            }
            _saidFault = true;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"Its clock is {Math.Abs(drift.Ms) / 1000.0:0.0} s {(drift.Ms > 0 ? "ahead of" : "behind")} ours.");
        }
    }
}
