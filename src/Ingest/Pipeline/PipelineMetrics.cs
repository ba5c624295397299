using Metrics = System.Diagnostics.Metrics;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>The instruments of one pipeline. The states of readings come in one observation, so that their identity holds in every scrape.</summary>
sealed class PipelineMetrics : IDisposable
{
    readonly Metrics.Meter _meter = new("EnergyWatch.Ingest");
    readonly Metrics.Histogram<double> _commitSeconds;
    readonly Metrics.Histogram<int> _commitReadings;

    public PipelineMetrics(Tally tally, Room room)
    {
        _commitSeconds = _meter.CreateHistogram<double>("energywatch_ingest_commit_seconds", "s", "How long a commit took, with its failed attempts.");
        _commitReadings = _meter.CreateHistogram<int>("energywatch_ingest_commit_readings", null, "Readings and refusals of a commit.");
        _meter.CreateObservableUpDownCounter(
            "energywatch_ingest_readings", () => States(tally.Now), null,
            "Readings by state; received = stored + quarantined + pending at every moment.");
        _meter.CreateObservableCounter("energywatch_ingest_stored_total", () => tally.Now.Stored, null, "Readings that are durable.");
        _meter.CreateObservableCounter("energywatch_ingest_quarantined_total", () => tally.Now.Quarantined, null, "Refusals that are quarantined.");
        _meter.CreateObservableCounter("energywatch_ingest_returned_total", () => tally.Now.Returned, null, "Readings given back because storage could not take them.");
        _meter.CreateObservableGauge("energywatch_ingest_room_taken", () => room.Taken, null, "Room taken by readings in flight.");
        _meter.CreateObservableGauge("energywatch_ingest_senders_waiting", () => room.Waiting, null, "Senders that wait for room.");
    }

    public void Committed(int count, TimeSpan took)
    {
        _commitSeconds.Record(took.TotalSeconds);
        _commitReadings.Record(count);
    }

    public void Dispose() => _meter.Dispose();

    static IEnumerable<Metrics.Measurement<long>> States(PipelineCounters now) =>
    [
        new(now.Received, new KeyValuePair<string, object?>("state", "received")),
        new(now.Stored, new KeyValuePair<string, object?>("state", "stored")),
        new(now.Quarantined, new KeyValuePair<string, object?>("state", "quarantined")),
        new(now.Pending, new KeyValuePair<string, object?>("state", "pending")),
    ];
}
