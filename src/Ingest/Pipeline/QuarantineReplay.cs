using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Decodes a quarantined payload again, as it came but against the registry of today. What is good in it now is stored;
/// the item is closed only when all of it is. What is still refused is answered, and not quarantined a second time.
/// </summary>
public sealed class QuarantineReplay(
    IRegistry registry, ReportingCalendar calendar, IReadingSink sink, IQuarantine quarantine, ReplayScreen screen)
{
    /// <summary>Replays one open item.</summary>
    /// <param name="actor">Who asked for it, for the record.</param>
    /// <exception cref="NotStoredException">Storage cannot take it now: the item stays as it is.</exception>
    public async Task<ReplayResult> ReplayAsync(QuarantineItem item, string actor, CancellationToken stop)
    {
        var snapshot = registry.Current;
        var context = new ReadingContext(snapshot, calendar, item.At, item.Source, GatewayOf(item.Source, snapshot));
        var decoded = PayloadReader.Read(item.Payload, item.Format, context).Batch;
        var (good, refused) = screen.Divide(decoded, snapshot);
        var receipt = good.Readings.Count == 0
            ? new IngestReceipt(0, 0, [])
            : await (await sink.PutAsync(good, stop)).WaitAsync(stop);
        IReadOnlyList<Refusal> stillRefused = [.. refused, .. receipt.Quarantined];
        if (stillRefused.Count == 0) await quarantine.CloseAsync(item.Id, QuarantineOutcome.Replayed, actor, stop);
        return new ReplayResult(receipt.Received + refused.Count, receipt.Stored, stillRefused);
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

/// <summary>
/// What a replay came to. Received = stored + still refused; the item is closed when nothing is refused any more.
/// </summary>
public sealed record ReplayResult(int Received, int Stored, IReadOnlyList<Refusal> StillRefused);
