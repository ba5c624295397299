namespace EnergyWatch.Ingest.Pipeline;

/// <summary>A batch on its way to the stores, and the promise given for it.</summary>
sealed class Ticket(IngestBatch batch, long takenAt)
    : TaskCompletionSource<IngestReceipt>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    const int PayloadBytesPerReading = 256;

    public IngestBatch Batch => batch;

    /// <summary>Timestamp of the clock.</summary>
    public long TakenAt => takenAt;

    /// <summary>Readings and refusals: what was received.</summary>
    public int Count => batch.Received;

    public static int RoomFor(IngestBatch batch) => Math.Max(
        Math.Max(1, batch.Readings.Count + batch.Refusals.Count), batch.Payload.Length / PayloadBytesPerReading);

    /// <summary>What the commit made of it; null while that is open.</summary>
    public IngestReceipt? Receipt { get; set; }

    /// <summary>Why it was not stored; null while it was or that is open.</summary>
    public Exception? Fault { get; set; }
}
