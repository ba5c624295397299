using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Collects what a decoder finds in one payload. Bounded: one payload cannot make us list refusals without
/// end.</summary>
sealed class FoundReadings
{
    /// <summary>After so many refusals the rest of a payload is not read; the last refusal says so.</summary>
    public const int MostRefusals = 10_000;

    /// <summary>What a rare large payload needed is given back; ordinary ones find it at hand.</summary>
    const int MostKept = 10_000;

    readonly List<Reading> _readings = [];
    readonly List<int> _indexes = [];
    readonly List<Refusal> _refusals = [];

    public bool IsFull => _refusals.Count >= MostRefusals;

    public void Clear()
    {
        _readings.Clear();
        _indexes.Clear();
        _refusals.Clear();
        if (_readings.Capacity > MostKept) (_readings.Capacity, _indexes.Capacity) = (0, 0);
    }

    public (int Readings, int Refusals) Mark() => (_readings.Count, _refusals.Count);

    /// <summary>Takes back all that was found since the mark.</summary>
    public void Return((int Readings, int Refusals) mark)
    {
        _readings.RemoveRange(mark.Readings, _readings.Count - mark.Readings);
        _indexes.RemoveRange(mark.Readings, _indexes.Count - mark.Readings);
        _refusals.RemoveRange(mark.Refusals, _refusals.Count - mark.Refusals);
    }

    public void Add(in Reading reading, int index)
    {
        _readings.Add(reading);
        _indexes.Add(index);
    }

    public void Refuse(int index, string code, string detail)
    {
        if (IsFull) return;
        _refusals.Add(_refusals.Count < MostRefusals - 1
            ? new Refusal(index, code, detail)
            : new Refusal(
                index, RefusalCodes.Malformed,
                $"{MostRefusals} refusals in one payload: from here on it was not read. Last: {detail}"));
    }

    public DecodedPayload Readable(ReadOnlyMemory<byte> payload, string format, ReadingContext context) =>
        new(BatchOf(context, format, payload), null);

    IngestBatch BatchOf(ReadingContext context, string format, ReadOnlyMemory<byte> payload) => new(
        context.Source, context.ArrivedAt, _readings.ToArray(), _indexes.ToArray(), _refusals.ToArray(), format,
        payload);

    public static DecodedPayload Unreadable(
        string detail, ReadOnlyMemory<byte> payload, string format, ReadingContext context)
    {
        var refusal = new Refusal(0, RefusalCodes.Malformed, detail);
        return new(new IngestBatch(context.Source, context.ArrivedAt, [], [], [refusal], format, payload), refusal);
    }
}
