using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Screens ahead of the pipeline, so that a replay in vain leaves no new item behind.</summary>
public sealed class ReplayScreen(ReportingCalendar calendar, PipelineOptions options, TimeProvider clock)
{
    internal ReportingCalendar Calendar => calendar;

    internal (IngestBatch Good, IReadOnlyList<Refusal> Refused) Divide(IngestBatch batch, RegistrySnapshot registry)
    {
        var (now, refused) = (clock.Now(), new List<Refusal>(batch.Refusals));
        var (readings, indexes) = (new List<Reading>(), new List<int>());
        var isImported = batch.Source.StartsWith("csv:", StringComparison.Ordinal);
        for (var i = 0; i < batch.Readings.Count; i++)
        {
            var (reading, index) = (batch.Readings[i], batch.Indexes[i]);
            if (isImported) reading = reading with { Provenance = Provenance.Imported };
            var verdict = Screening.Check(reading, FactsOf(reading, registry), batch.ArrivedAt, now, options);
            if (verdict.Code is not null)
            {
                refused.Add(new Refusal(
                    index, verdict.Code,
                    $"item {index}, {reading.Series.Quantity.Key()} at {reading.At}: {verdict.Reason}"));
                continue;
            }
            readings.Add(reading);
            indexes.Add(index);
        }
        return (batch with { Readings = readings, Indexes = indexes, Refusals = [] }, refused);
    }

    // Screening refuses what is older whatever the facts; the calendar cannot name every such day.
    MeterFacts? FactsOf(in Reading reading, RegistrySnapshot registry) => reading.At < Instant.From(options.Earliest)
        ? null : registry.Meter(reading.Series.Meter)?.Facts.At(calendar.DayOf(reading.At))?.Value;
}
