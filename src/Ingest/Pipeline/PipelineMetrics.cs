using Metrics = System.Diagnostics.Metrics;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>The instruments of one pipeline. The states of readings come in one observation, so that their identity
/// holds in every scrape.</summary>
sealed class PipelineMetrics : IDisposable
{
    readonly Metrics.Histogram<double> _commitSeconds;
    readonly Metrics.Histogram<int> _commitReadings;

    public Metrics.Meter Meter { get; } = new("EnergyWatch.Ingest");

    public PipelineMetrics(Tally tally, Room room)
    {
        _commitSeconds = Meter.CreateHistogram<double>(
            "energywatch_ingest_commit_seconds", "s", "How long a commit took, with its failed attempts.");
        _commitReadings = Meter.CreateHistogram<int>(
            "energywatch_ingest_commit_readings", null, "Readings and refusals of a commit.");
        Meter.CreateObservableUpDownCounter(
            "energywatch_ingest_readings", () => States(tally.Now), null,
            "Readings by state; received = stored + quarantined + pending at every moment.");
        Meter.CreateObservableCounter(
            "energywatch_ingest_stored_total", () => tally.Now.Stored, null, "Readings that are durable.");
        Meter.CreateObservableCounter(
            "energywatch_ingest_quarantined_total", () => tally.Now.Quarantined, null,
            "Refusals that are quarantined.");
        Meter.CreateObservableCounter(
            "energywatch_ingest_returned_total", () => tally.Now.Returned, null,
            "Readings given back because storage could not take them.");
        Meter.CreateObservableGauge(
            "energywatch_ingest_room_taken", () => room.Taken, null, "Room taken by readings in flight.");
        Meter.CreateObservableGauge(
            "energywatch_ingest_senders_waiting", () => room.Waiting, null, "Senders that wait for room.");
    }

    public void Committed(int count, TimeSpan took)
    {
        _commitSeconds.Record(took.TotalSeconds);
        _commitReadings.Record(count);
    }

    public void Dispose() => Meter.Dispose();

    static IEnumerable<Metrics.Measurement<long>> States(PipelineCounters now) =>
    [
        new(now.Received, new KeyValuePair<string, object?>("state", "received")),
        new(now.Stored, new KeyValuePair<string, object?>("state", "stored")),
        new(now.Quarantined, new KeyValuePair<string, object?>("state", "quarantined")),
        new(now.Pending, new KeyValuePair<string, object?>("state", "pending")),
    ];
}
