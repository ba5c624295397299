using System.Diagnostics;
using Metrics = System.Diagnostics.Metrics;

namespace EnergyWatch.Store.Sqlite;

/// <summary>
/// What operators see of the store: readings written and rejected, failed batches, and how long commits take.
/// </summary>
sealed class StoreMetrics : IDisposable
{
    readonly Metrics.Meter _meter = new("EnergyWatch.Store");
    readonly Metrics.Counter<long> _written, _rejected, _faults;
    readonly Metrics.Histogram<double> _commit;

    public StoreMetrics()
    {
        _written = _meter.CreateCounter<long>("energywatch_store_readings_written_total");
        _rejected = _meter.CreateCounter<long>("energywatch_store_readings_rejected_total");
        _faults = _meter.CreateCounter<long>("energywatch_store_write_faults_total");
        _commit = _meter.CreateHistogram<double>("energywatch_store_commit_seconds", "s");
    }

    public void Wrote(int written, int rejected)
    {
        _written.Add(written);
        if (rejected > 0) _rejected.Add(rejected);
    }

    public void Failed() => _faults.Add(1);

    /// <summary>Times a commit until it is disposed.</summary>
    public CommitTimer Commit(string file) => new(_commit, file, Stopwatch.GetTimestamp());

    public void Dispose() => _meter.Dispose();

    public readonly struct CommitTimer(Metrics.Histogram<double> histogram, string file, long started) : IDisposable
    {
        public void Dispose() =>
            histogram.Record(
                Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("file", file));
    }
}
