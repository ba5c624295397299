using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Where every way in puts what it decoded. Two waits, on purpose apart: the outer one is back-pressure (there is no
/// room yet; nothing is ever dropped), the ticket is durability. A sender is acknowledged when the ticket has
/// completed, and not before.
/// </summary>
public interface IReadingSink
{
    /// <summary>
    /// Takes a batch as soon as there is room. Once it returned, the batch will be written even if its sender goes
    /// away.
    /// </summary>
    /// <returns>
    /// The ticket: completes when every reading and refusal of the batch is durable, or fails with <see
    /// cref="NotStoredException"/> when storage cannot take it, and then nothing of it must be acknowledged.
    /// </returns>
    ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop);

    /// <summary>
    /// So much is good to put in one go, in the measure of the sink's room (<see cref="Ticket.RoomFor(IngestBatch)"/>):
    /// who puts more takes more than its turn where room is scarce. A single message may hold more.
    /// </summary>
    int Turn => int.MaxValue;

    /// <summary>
    /// Takes several messages of one sender in one go. They share a ticket: it completes when all of them are durable,
    /// and fails when any cannot be stored. The list belongs to the sink as long as the batches do.
    /// </summary>
    async ValueTask<Task<IngestReceipt>> PutAllAsync(IReadOnlyList<IngestBatch> batches, CancellationToken stop)
    {
        if (batches.Count == 1) return await PutAsync(batches[0], stop);
        var tickets = new Task<IngestReceipt>[batches.Count];
        for (var i = 0; i < tickets.Length; i++) tickets[i] = await PutAsync(batches[i], stop);
        return All(tickets);
        static async Task<IngestReceipt> All(Task<IngestReceipt>[] tickets) =>
            IngestReceipt.Of(await Task.WhenAll(tickets));
    }
}

/// <summary>
/// What one message, request or poll decoded to. Readings and refusals together are what was received; each refusal is
/// quarantined with the payload it came in.
/// </summary>
/// <param name="Source">The way in and the sender: <c>mqtt:GW-01</c>, <c>http:gateway:GW-01</c>,
/// <c>http:key:name@scope</c>, <c>csv:file.csv</c>, <c>modbus:GW-02</c>.</param>
/// <param name="Indexes">For each reading, the position of its item in what was sent; parallel to <paramref
/// name="Readings"/>.</param>
/// <param name="Format">Media type of the payload, so that a quarantined one can be replayed.</param>
/// <param name="Payload">The bytes as they came; needed only where something is refused.</param>
/// <remarks>
/// Ownership: the batch, its lists and its payload belong to the sink from <see cref="IReadingSink.PutAsync"/> until
/// the ticket has completed well, and stay unchanged so long. Then they are the sender's again, who may use them for
/// another message at once: a sink keeps nothing of them, but may keep refusals. Where the ticket failed or nobody
/// waited for it, they are never used again, since a store that hangs may still look at them.
/// </remarks>
public sealed record IngestBatch(
    string Source,
    Instant ArrivedAt,
    IReadOnlyList<Reading> Readings,
    IReadOnlyList<int> Indexes,
    IReadOnlyList<Refusal> Refusals,
    string Format,
    ReadOnlyMemory<byte> Payload)
{
    public string Source { get; internal set; } = Source;
    public Instant ArrivedAt { get; internal set; } = ArrivedAt;
    public string Format { get; internal set; } = Format;
    public ReadOnlyMemory<byte> Payload { get; internal set; } = Payload;

    /// <summary>How many refusals the last one of <see cref="Refusals"/> stands for beside itself.</summary>
    public int Unlisted { get; internal set; }

    /// <summary>Readings and refusals: what was received.</summary>
    public int Received => Readings.Count + Refusals.Count + Unlisted;

    /// <summary>Makes it the batch of another message, whose readings and refusals are in its lists already.</summary>
    internal void Turn(
        string source, Instant arrivedAt, string format, ReadOnlyMemory<byte> payload, int unlisted = 0) =>
        (Source, ArrivedAt, Format, Payload, Unlisted) = (source, arrivedAt, format, payload, unlisted);
}

/// <summary>What became of a batch: what is not stored is quarantined.</summary>
/// <param name="Quarantined">Each refusal by itself; of very many in one payload one stands for the rest and says
/// for how many.</param>
public sealed record IngestReceipt(int Received, int Stored, IReadOnlyList<Refusal> Quarantined)
{
    /// <summary>Of messages that were put in one go the receipt of each, in their order; empty where nothing of any was
    /// refused, and for a single one.</summary>
    public IReadOnlyList<IngestReceipt> Parts { get; init; } = [];

    /// <summary>The receipt of several messages.</summary>
    public static IngestReceipt Of(IReadOnlyList<IngestReceipt> parts)
    {
        if (parts.Count == 1) return parts[0];
        var (received, stored, refused) = (0, 0, 0);
        foreach (var part in parts)
            (received, stored, refused) = (received + part.Received, stored + part.Stored, refused + part.Quarantined.Count);
        if (refused == 0) return new(received, stored, []);
        return new(received, stored, [.. parts.SelectMany(part => part.Quarantined)]) { Parts = parts };
    }
}

/// <summary>Storage could not take the batch within its time: it is not durable and must not be acknowledged. The
/// sender tries again.</summary>
public sealed class NotStoredException(string message, Exception? inner = null) : Exception(message, inner);
