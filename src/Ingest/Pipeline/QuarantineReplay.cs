using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Decodes a quarantined payload again, as it came but against the registry of today. What is good in it now is stored; the item is closed
/// only when all of it is. What is still refused is answered, and not quarantined a second time.
/// </summary>
public sealed class QuarantineReplay(
    IRegistry registry, ReportingCalendar calendar, IReadingSink sink, IQuarantine quarantine, ReplayScreen screen)
{
    /// <summary>Replays one open item. Throws <see cref="NotStoredException"/> where storage cannot take it now.</summary>
    /// <param name="actor">Who asked for it, for the record.</param>
    public async Task<ReplayOutcome> ReplayAsync(QuarantineItem item, string actor, CancellationToken stop)
    {
        var snapshot = registry.Current;
        var context = new ReadingContext(snapshot, calendar, item.At, item.Source, GatewayOf(item.Source, snapshot));
        var decoded = PayloadReader.Read(item.Payload, item.Format, context).Batch;
        var (good, refused) = screen.Divide(decoded, snapshot);
        var receipt = await (await sink.PutAsync(good, stop)).WaitAsync(stop);
        IReadOnlyList<Refusal> stillRefused = [.. refused, .. receipt.Quarantined];
        var isClosed = stillRefused.Count == 0 && receipt.Stored > 0
            && await quarantine.CloseAsync(item.Id, QuarantineOutcome.Replayed, actor, stop);
        return new ReplayOutcome(isClosed, receipt.Stored, stillRefused);
    }

    // An MQTT sender is always a gateway; an HTTP one is where a gateway of that kind bears its name.
    static string? GatewayOf(string source, RegistrySnapshot registry)
    {
        var colon = source.IndexOf(':', StringComparison.Ordinal);
        var (way, name) = colon < 0 ? (source, "") : (source[..colon], source[(colon + 1)..]);
        return way switch
        {
            "mqtt" => name,
            "http" when registry.Gateway(name)?.Kind == GatewayKind.Http => name,
            _ => null,
        };
    }
}

/// <param name="IsClosed">All of it is stored now, and the item is closed.</param>
/// <param name="Refused">What is still wrong with the rest.</param>
public sealed record ReplayOutcome(bool IsClosed, int Stored, IReadOnlyList<Refusal> Refused);

/// <summary>Screens ahead of the pipeline, so that a replay in vain leaves no new item behind.</summary>
public sealed class ReplayScreen(ReportingCalendar calendar, PipelineOptions options, TimeProvider clock)
{
    internal (IngestBatch Good, IReadOnlyList<Refusal> Refused) Divide(IngestBatch batch, RegistrySnapshot registry)
    {
        var (now, refused) = (clock.Now(), new List<Refusal>(batch.Refusals));
        var (readings, indexes) = (new List<Reading>(), new List<int>());
        for (var i = 0; i < batch.Readings.Count; i++)
        {
            var reading = batch.Readings[i];
            if (batch.Source.StartsWith("csv:", StringComparison.Ordinal)) reading = reading with { Provenance = Provenance.Imported };
            var facts = registry.Meter(reading.Series.Meter)?.Facts.At(calendar.DayOf(reading.At))?.Value;
            var verdict = Screening.Check(reading, facts, batch.ArrivedAt, now, options);
            if (verdict.Code is not null)
            {
                refused.Add(new Refusal(batch.Indexes[i], verdict.Code, $"item {batch.Indexes[i]}, {reading.Series.Quantity.Key()} at {reading.At}: {verdict.Reason}"));
                continue;
            }
            readings.Add(reading);
            indexes.Add(batch.Indexes[i]);
        }
        return (batch with { Readings = readings, Indexes = indexes, Refusals = [] }, refused);
    }
}
