using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Push;

/// <summary>
/// What became of a pushed body: received = stored + quarantined. Readings are counted, of which an item may hold
/// several. Of very many refusals in one body one listed stands for the rest and says for how many.
/// </summary>
public sealed record PushAnswer(int Received, int Stored, IReadOnlyList<Refusal> Quarantined)
{
    internal static PushAnswer Of(IngestReceipt receipt) => new(receipt.Received, receipt.Stored, receipt.Quarantined);
}
