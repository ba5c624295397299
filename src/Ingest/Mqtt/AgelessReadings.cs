using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// Readings without a time of their own in messages that a broker had kept: the moment of arrival says nothing of when
/// they were read, so they are none of now.
/// </summary>
static class AgelessReadings
{
    const string Why = "says no time of its own, and a broker had kept it or sent it again: how old it is, nobody knows";

    /// <summary>The batch without them: what is retained was delivered before, when it was new.</summary>
    public static IngestBatch LeftOut(IngestBatch batch) => Holds(batch) ? WithoutThem(batch, batch.Refusals) : batch;

    /// <summary>The batch with each of them refused, so that the message is kept in the quarantine.</summary>
    public static IngestBatch Refused(IngestBatch batch, string format)
    {
        if (!Holds(batch)) return batch;
        var refused = Places(batch, ageless: true).Select(place => batch.Indexes[place]).Distinct()
            .Select(index => new Refusal(index, RefusalCodes.BadTime, $"item {index} {Why}"));
        return WithoutThem(batch, [.. refused, .. batch.Refusals]) with { Format = format };
    }

    static bool Holds(IngestBatch batch)
    {
        for (var i = 0; i < batch.Readings.Count; i++)
            if (IsAgeless(batch.Readings[i])) return true;
        return false;
    }

    static IngestBatch WithoutThem(IngestBatch batch, IReadOnlyList<Refusal> refusals)
    {
        var kept = Places(batch, ageless: false).ToList();
        return batch with
        {
            Readings = [.. kept.Select(place => batch.Readings[place])],
            Indexes = [.. kept.Select(place => batch.Indexes[place])],
            Refusals = refusals,
        };
    }

    static IEnumerable<int> Places(IngestBatch batch, bool ageless) =>
        Enumerable.Range(0, batch.Readings.Count).Where(place => IsAgeless(batch.Readings[place]) == ageless);

    static bool IsAgeless(in Reading reading) => reading.Doubt.HasFlag(Doubt.ArrivalTime);
}
