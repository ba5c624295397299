using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Store.Sqlite.Series;

/// <summary>
/// Folds readings in time order into equal steps from a start. A step without readings leaves no bucket.
/// </summary>
sealed class BucketFold(Instant from, TimeSpan step)
{
    readonly List<Bucket> _buckets = [];
    Bucket _open;
    double _sum;

    public void Add(ReadOnlySpan<Reading> readings)
    {
        foreach (var reading in readings)
        {
            var start = from + step * ((reading.At - from).Ticks / step.Ticks);
            if (_open.Count == 0 || start != _open.Start) Begin(start, reading.Value);
            _sum += reading.Value;
            _open = _open with
            {
                Count = _open.Count + 1,
                Min = Math.Min(_open.Min, reading.Value),
                Max = Math.Max(_open.Max, reading.Value),
                Last = reading.Value,
            };
        }
    }

    public IReadOnlyList<Bucket> Finish()
    {
        Close();
        return _buckets;
    }

    void Begin(Instant start, double value)
    {
        Close();
        _open = new Bucket(start, 0, value, value, 0, value, value);
        _sum = 0;
    }

    void Close()
    {
        if (_open.Count > 0) _buckets.Add(_open with { Mean = _sum / _open.Count });
        _open = default;
    }
}
