using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Decodes a quarantined payload again, as it came but against the registry of today, and for no more
/// meters than its sender may deliver for. What is good in it now is stored;
/// the item is closed only when all of it is. What is still refused is answered, and not quarantined a second time.
/// </summary>
public sealed class QuarantineReplay(
    IRegistry registry, IReadingSink sink, IQuarantine quarantine, ReplayScreen screen,
    IEnumerable<IPayloadDecoder> decoders)
{
    /// <summary>Replays one open item.</summary>
    /// <param name="actor">Who asked for it, for the record.</param>
    /// <exception cref="NotStoredException">Storage cannot take it now: the item stays as it is.</exception>
    public async Task<ReplayResult> ReplayAsync(QuarantineItem item, string actor, CancellationToken stop)
    {
        var snapshot = registry.Current;
        if (QuarantinedSender.ContextOf(item, snapshot, screen.Calendar) is not { } context)
            return new ReplayResult(1, 0, [QuarantinedSender.Unknown(item.Source)]);
        var decoded = Decode(item, context).Batch;
        var (good, refused) = screen.Divide(decoded, context.Registry);
        var receipt = good.Readings.Count == 0
            ? new IngestReceipt(0, 0, [])
            : await (await sink.PutAsync(good, stop)).WaitAsync(stop);
        IReadOnlyList<Refusal> stillRefused = [.. refused, .. receipt.Quarantined];
        if (stillRefused.Count == 0) await quarantine.CloseAsync(item.Id, QuarantineOutcome.Replayed, actor, stop);
        return new ReplayResult(receipt.Received + refused.Count + decoded.Unlisted, receipt.Stored, stillRefused);
    }

    DecodedPayload Decode(QuarantineItem item, ReadingContext context) =>
        decoders.Select(decoder => decoder.Read(item.Payload, item.Format, context)).FirstOrDefault(read => read is not null)
            ?? PayloadReader.Read(item.Payload, item.Format, context);
}

/// <summary>
/// What a replay came to. Received = stored + still refused; the item is closed when nothing is refused any more.
/// </summary>
public sealed record ReplayResult(int Received, int Stored, IReadOnlyList<Refusal> StillRefused);
