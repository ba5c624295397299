using System.Globalization;
using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Collects what a decoder finds in one payload. Bounded: one payload cannot make us list refusals without end. Beyond
/// the limit they are counted, and one last refusal stands for them all; what is good is taken all the same.
/// </summary>
sealed class FoundReadings
{
    /// <summary>So many refusals of a payload are listed one by one.</summary>
    public const int MostRefusals = 10_000;

    /// <summary>What a rare large payload needed is given back; ordinary ones find it at hand.</summary>
    const int MostKept = 10_000;

    readonly List<Reading> _readings = [];
    readonly List<int> _indexes = [];
    readonly List<Refusal> _refusals = [];
    Refusal? _firstUnlisted;
    int _unlisted;

    public void Clear()
    {
        _readings.Clear();
        _indexes.Clear();
        _refusals.Clear();
        _unlisted = 0;
        if (_readings.Capacity > MostKept) (_readings.Capacity, _indexes.Capacity) = (0, 0);
    }

    public FoundMark Mark() => new(_readings.Count, _refusals.Count, _unlisted);

    /// <summary>Takes back all that was found since the mark.</summary>
    public void Return(in FoundMark mark)
    {
        _readings.RemoveRange(mark.Readings, _readings.Count - mark.Readings);
        _indexes.RemoveRange(mark.Readings, _indexes.Count - mark.Readings);
        _refusals.RemoveRange(mark.Refusals, _refusals.Count - mark.Refusals);
        _unlisted = mark.Unlisted;
    }

    public void Add(in Reading reading, int index)
    {
        _readings.Add(reading);
        _indexes.Add(index);
    }

    public void Refuse(int index, string code, string detail)
    {
        var refusal = new Refusal(index, code, detail);
        if (_refusals.Count < MostRefusals) _refusals.Add(refusal);
        else if (_unlisted++ == 0) _firstUnlisted = refusal;
    }

    public DecodedPayload Readable(ReadOnlyMemory<byte> payload, string format, ReadingContext context) =>
        new(BatchOf(context, format, payload), null);

    IngestBatch BatchOf(ReadingContext context, string format, ReadOnlyMemory<byte> payload) => new(
        context.Source, context.ArrivedAt, _readings.ToArray(), _indexes.ToArray(),
        _unlisted == 0 ? _refusals.ToArray() : [.. _refusals, Summary()], format, payload)
    {
        Unlisted = Math.Max(0, _unlisted - 1),
    };

    Refusal Summary() => _firstUnlisted! with
    {
        Detail = string.Create(
            CultureInfo.InvariantCulture,
            $"{_unlisted} refusals from here on, beyond the {MostRefusals} listed. First: {_firstUnlisted.Detail}"),
    };

    public static DecodedPayload Unreadable(
        string detail, ReadOnlyMemory<byte> payload, string format, ReadingContext context)
    {
        var refusal = new Refusal(0, RefusalCodes.Malformed, detail);
        return new(new IngestBatch(context.Source, context.ArrivedAt, [], [], [refusal], format, payload), refusal);
    }
}

/// <summary>How much was found up to some place.</summary>
readonly record struct FoundMark(int Readings, int Refusals, int Unlisted);
