using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Series;

/// <summary>
/// Where refused input is kept: bytes, source, reason and time, until a person replays or discards it.
/// Adding is durable when it returns; it throws when it cannot keep an item, and then the sender must not be acknowledged.
/// </summary>
public interface IQuarantine
{
    ValueTask AddAsync(IReadOnlyList<QuarantineItem> items, CancellationToken stop);

    /// <summary>Open items, newest first. <paramref name="before"/> is the id to continue below.</summary>
    ValueTask<IReadOnlyList<QuarantineItem>> ListAsync(int limit, long? before, CancellationToken stop);

    /// <summary>How much is open, without reading any of it.</summary>
    ValueTask<QuarantineSummary> SummaryAsync(CancellationToken stop);

    ValueTask<QuarantineItem?> FindAsync(long id, CancellationToken stop);

    /// <summary>Closes an open item; false where it is unknown or already closed.</summary>
    ValueTask<bool> CloseAsync(long id, QuarantineOutcome outcome, string actor, CancellationToken stop);
}

/// <summary>One refused input. <c>Id</c> is 0 until it is kept. <c>Payload</c> holds the bytes as they came.</summary>
/// <param name="Source">The way in and the sender: <c>mqtt:GW-01</c>, <c>http:key-name</c>, <c>csv:file.csv</c>, <c>modbus:GW-02</c>.</param>
/// <param name="Format">What the payload is, so that it can be replayed: a media type.</param>
public sealed record QuarantineItem(
    long Id, Instant At, string Source, string Code, string Detail, string Format, ReadOnlyMemory<byte> Payload);

/// <summary>Open items: how many, since when, from whom.</summary>
public sealed record QuarantineSummary(int Count, Instant? Oldest, IReadOnlyList<string> Sources);

public enum QuarantineOutcome { Replayed = 1, Discarded = 2 }
