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

    static int RoomFor(IngestBatch batch) => Math.Max(
        Math.Max(1, batch.Readings.Count + batch.Refusals.Count), batch.Payload.Length / PayloadBytesPerReading);

    /// <summary>What the commit made of it; null while that is open.</summary>
    public IngestReceipt? Receipt { get; set; }

    /// <summary>Why it was not stored; null while it was or that is open.</summary>
    public Exception? Fault { get; set; }
}
