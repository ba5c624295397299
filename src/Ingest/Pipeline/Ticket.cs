namespace EnergyWatch.Ingest.Pipeline;

/// <summary>The batches of one sender on their way to the stores, and the promise given for them.</summary>
sealed class Ticket(IReadOnlyList<IngestBatch> batches, long takenAt)
    : TaskCompletionSource<IngestReceipt>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    const int PayloadBytesPerReading = 256;

    /// <summary>One, or several messages that were put in one go.</summary>
    public IReadOnlyList<IngestBatch> Batches => batches;

    public string Source => batches[0].Source;

    /// <summary>Timestamp of the clock.</summary>
    public long TakenAt => takenAt;

    /// <summary>Readings and refusals: what was received.</summary>
    public int Count { get; } = CountOf(batches);

    /// <summary>What they take of the room.</summary>
    public static int RoomFor(IReadOnlyList<IngestBatch> batches)
    {
        var room = 0;
        for (var i = 0; i < batches.Count; i++) room += RoomFor(batches[i]);
        return room;
    }

    static int CountOf(IReadOnlyList<IngestBatch> batches)
    {
        var count = 0;
        for (var i = 0; i < batches.Count; i++) count += batches[i].Received;
        return count;
    }

    /// <summary>The measure of the room, for one message.</summary>
    public static int RoomFor(IngestBatch batch) => Math.Max(
        Math.Max(1, batch.Readings.Count + batch.Refusals.Count), batch.Payload.Length / PayloadBytesPerReading);

    // One for each batch, once they were tried by themselves: what became of one is not undone by the others' rounds.
    Ticket[]? _alone;

    /// <summary>Those of which it is not decided yet what became of them, in their order; of a divided one its
    /// batches.</summary>
    public static IReadOnlyList<Ticket> OpenOf(IReadOnlyList<Ticket> tickets) =>
        tickets.Any(ticket => ticket._alone is not null || ticket.IsDecided)
            ? [.. tickets.SelectMany(ticket => ticket._alone ?? [ticket]).Where(one => !one.IsDecided)] : tickets;

    /// <summary>From now on each of its batches is tried by itself.</summary>
    public void Divide()
    {
        if (batches.Count > 1) _alone ??= [.. batches.Select(batch => new Ticket([batch], takenAt))];
    }

    /// <summary>Of a divided one: whether all is decided. Messages that share a ticket share the failure of one; those
    /// that were stored then come again, which is harmless.</summary>
    public void Conclude()
    {
        if (_alone is null || Array.Exists(_alone, one => !one.IsDecided)) return;
        Fault = Array.Find(_alone, one => one.Fault is not null)?.Fault;
        if (Fault is null) Receipt = IngestReceipt.Of([.. _alone.Select(one => one.Receipt!)]);
    }

    /// <summary>Why no store can take it, where that is known: its neighbours were stored.</summary>
    public Exception? Flaw { get; set; }

    bool IsDecided => Receipt is not null || Fault is not null;

    /// <summary>What the commit made of it; null while that is open.</summary>
    public IngestReceipt? Receipt { get; set; }

    /// <summary>Why it was not stored; null while it was or that is open.</summary>
    public Exception? Fault { get; set; }
}
