using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>What a decoder must know to turn a payload into readings.</summary>
/// <param name="Registry">The meters that may be named: for a scoped sender only its own.</param>
/// <param name="Calendar">The reporting zone, for the day whose facts hold.</param>
/// <param name="ArrivedAt">When the payload came in: the instant of every reading that carries none.</param>
/// <param name="Source">The way in and the sender, as in <see cref="IngestBatch"/>.</param>
/// <param name="Gateway">Code of the gateway that delivers, and then only its own meters are taken, by code or by their
/// address there; null for a sender that may name any meter of the registry above.</param>
public readonly record struct ReadingContext(
    RegistrySnapshot Registry, ReportingCalendar Calendar, Instant ArrivedAt, string Source, string? Gateway);

/// <summary>A payload after decoding: what is good in it and what is refused, ready for <see
/// cref="IReadingSink"/>.</summary>
/// <param name="Unreadable">Why nothing at all could be read (the payload is not of its format; the only refusal of the
/// batch then), or null.</param>
public readonly record struct DecodedPayload(IngestBatch Batch, Refusal? Unreadable)
{
    public bool IsReadable => Unreadable is null;
}
