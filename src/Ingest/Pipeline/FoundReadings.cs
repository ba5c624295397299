using System.Globalization;
using EnergyWatch.Domain.Readings;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// Collects what a decoder finds in one payload. Bounded: one payload cannot make us list refusals without end. Beyond
/// the limit they are counted, and one last refusal stands for them all; what is good is taken all the same.
/// <para>Ownership: the batch it hands out is lent. It shows the lists of this object and is the same object every time,
/// so whoever owns this may let the next payload be decoded only when nobody looks at the batch any more: a sink looks
/// at it until its ticket completed, and without end where the ticket failed or was abandoned.</para>
/// </summary>
sealed class FoundReadings
{
    /// <summary>So many refusals of a payload are listed one by one.</summary>
    public const int MostRefusals = 10_000;

    /// <summary>What a rare large payload needed is given back; ordinary ones find it at hand.</summary>
    const int MostKept = 64;

    readonly List<Reading> _readings = [];
    readonly List<int> _indexes = [];
    readonly List<Refusal> _refusals = [];
    readonly IngestBatch _batch;
    Refusal? _firstUnlisted;
    int _unlisted;

    public FoundReadings() => _batch = new IngestBatch("", default, _readings, _indexes, _refusals, "", default);

    /// <summary>Forgets all; the batch that was lent shows nothing any more.</summary>
    public void Clear()
    {
        _readings.Clear();
        _indexes.Clear();
        _refusals.Clear();
        _unlisted = 0;
        _batch.Turn("", default, "", default);
        if (_readings.Capacity > MostKept) (_readings.Capacity, _indexes.Capacity) = (0, 0);
        if (_refusals.Capacity > MostKept) _refusals.Capacity = 0;
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

    public DecodedPayload Readable(ReadOnlyMemory<byte> payload, string format, in ReadingContext context)
    {
        if (_unlisted > 0) _refusals.Add(Summary());
        return new(Lent(payload, format, context, Math.Max(0, _unlisted - 1)), null);
    }

    /// <summary>Nothing could be read: one refusal, whatever was found before that showed.</summary>
    public DecodedPayload Unreadable(
        string detail, ReadOnlyMemory<byte> payload, string format, in ReadingContext context)
    {
        Clear();
        var refusal = new Refusal(0, RefusalCodes.Malformed, detail);
        _refusals.Add(refusal);
        return new(Lent(payload, format, context, 0), refusal);
    }

    IngestBatch Lent(ReadOnlyMemory<byte> payload, string format, in ReadingContext context, int unlisted)
    {
        _batch.Turn(context.Source, context.ArrivedAt, format, payload, unlisted);
        return _batch;
    }

    Refusal Summary() => _firstUnlisted! with
    {
        Detail = string.Create(
            CultureInfo.InvariantCulture,
            $"{_unlisted} refusals from here on, beyond the {MostRefusals} listed. First: {_firstUnlisted.Detail}"),
    };
}

/// <summary>How much was found up to some place.</summary>
readonly record struct FoundMark(int Readings, int Refusals, int Unlisted);
