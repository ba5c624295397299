using EnergyWatch.Ingest.Pipeline;
using Metrics = System.Diagnostics.Metrics;

namespace EnergyWatch.Ingest.Tests.Pipeline;

public sealed class PipelineMetricsTests
{
    [Fact]
    public void The_instruments_show_the_counters_and_each_commit()
    {
        var (tally, room) = (new Tally(), new Room(100));
        using var metrics = new PipelineMetrics(tally, room);
        var seen = new Dictionary<string, double>();
        using var listener = new Metrics.MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == metrics.Meter) listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        listener.Start();
        tally.Take(20);
        tally.Settle(9, 2);
        tally.Return(4);
        Assert.True(room.EnterAsync(60, CancellationToken.None).AsTask().IsCompleted);
        Assert.False(room.EnterAsync(60, CancellationToken.None).AsTask().IsCompleted);
        metrics.Committed(11, TimeSpan.FromMilliseconds(250));
        listener.RecordObservableInstruments();

        Assert.Equal("EnergyWatch.Ingest", metrics.Meter.Name);
        Assert.Equal(
            new Dictionary<string, double>
            {
                ["energywatch_ingest_readings received"] = 16, ["energywatch_ingest_readings stored"] = 9,
                ["energywatch_ingest_readings quarantined"] = 2, ["energywatch_ingest_readings pending"] = 5,
                ["energywatch_ingest_stored_total"] = 9, ["energywatch_ingest_quarantined_total"] = 2,
                ["energywatch_ingest_returned_total"] = 4, ["energywatch_ingest_room_taken"] = 60,
                ["energywatch_ingest_senders_waiting"] = 1, ["energywatch_ingest_commit_seconds"] = 0.25,
                ["energywatch_ingest_commit_readings"] = 11,
            },
            seen);

        void Keep(Metrics.Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            seen[tags.IsEmpty ? instrument.Name : $"{instrument.Name} {tags[0].Value}"] = value;
    }
}
