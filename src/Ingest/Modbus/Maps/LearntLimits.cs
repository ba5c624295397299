using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>
/// The limits of a model and, on top of them, what one meter taught by its refusals: holes that it does not have, addresses over which no
/// read may run, and chunks it does not have at all. Immutable.
/// </summary>
sealed record LearntLimits
{
    readonly ReadLimits _model;
    IReadOnlyList<Lesson> _lessons = [];
    IReadOnlyList<ReadChunk> _absent = [];

    LearntLimits(ReadLimits model) => _model = model;

    public static LearntLimits None(ReadLimits model) => new(model);

    public IReadOnlyList<RegisterPoint> Unreadable => [.. _absent.SelectMany(chunk => chunk.Points)];

    public bool IsUnreadable(ReadChunk chunk) => _absent.Contains(chunk, ReferenceEqualityComparer.Instance);

    /// <summary>What the meter did not have may be asked for again, each chunk by itself.</summary>
    public LearntLimits Again() => this with
    {
        _absent = [],
        _lessons = [.. _lessons, .. _absent.SelectMany(chunk => new[] { Apart(chunk, chunk.Start), Apart(chunk, chunk.End) })],
    };

    /// <summary>Whether a read that holds <paramref name="open"/> may bring <paramref name="next"/>, which begins no earlier, too.</summary>
    public bool CanJoin(ReadChunk open, ReadChunk next)
    {
        if (open.Function != next.Function || open.Function == MeterFunction.DataItem || _model.SingleReads) return false;
        var end = Math.Max(open.End, next.End);
        if (end == open.End) return true;
        return end - open.Start <= _model.LongestOf(open.Function)
            && next.Start - open.End <= _model.MaxHole
            && !_model.Boundaries.Any(address => open.Start < address && address < end)
            && !_model.Forbidden.Any(range => range.Overlaps(open.Function, open.End, next.Start))
            && !_absent.Any(chunk => chunk.Function == open.Function && chunk.Start < next.Start && chunk.End > open.End)
            && !_lessons.Any(lesson => lesson.Function == open.Function && lesson.Parts(open, next));
    }

    /// <summary>After a refusal of a read that brought these chunks, in their order.</summary>
    public LearntLimits After(IReadOnlyList<ReadChunk> refused, ModbusExceptionCode code)
    {
        if (code == ModbusExceptionCode.IllegalDataAddress && Holes(refused) is { Count: > 0 } holes)
            return this with { _lessons = [.. _lessons, .. holes] };
        var outer = Outermost(refused);
        if (outer.Count > 1) return this with { _lessons = [.. _lessons, Apart(outer[0], outer[(outer.Count + 1) / 2].Start, code)] };
        // The one to blame is found: what was learnt on the way to it may have been learnt for its sake only. Where not, the next
        // refusal teaches it again.
        return this with
        {
            _absent = [.. _absent, outer[0]],
            _lessons = [.. _lessons.Where(lesson => lesson.Function != outer[0].Function || lesson.Code != code)],
        };
    }

    // Those that lie in no other: only they make a read as long as it is.
    static List<ReadChunk> Outermost(IReadOnlyList<ReadChunk> chunks)
    {
        var outer = new List<ReadChunk>();
        foreach (var chunk in chunks)
            if (outer.Count == 0 || chunk.End > outer[^1].End) outer.Add(chunk);
        return outer;
    }

    static Lesson Apart(ReadChunk chunk, long address, ModbusExceptionCode code = ModbusExceptionCode.IllegalDataAddress) =>
        new(chunk.Function, code, address, address);

    static List<Lesson> Holes(IReadOnlyList<ReadChunk> chunks)
    {
        var holes = new List<Lesson>();
        var end = chunks[0].End;
        foreach (var chunk in chunks)
        {
            if (chunk.Start > end) holes.Add(new(chunk.Function, ModbusExceptionCode.IllegalDataAddress, end, chunk.Start));
            end = Math.Max(end, chunk.End);
        }
        return holes;
    }

    /// <summary>A read may not hold registers on both sides of <c>[From, To)</c>.</summary>
    sealed record Lesson(MeterFunction Function, ModbusExceptionCode Code, long From, long To)
    {
        public bool Parts(ReadChunk open, ReadChunk next) => open.Start < From && next.Start >= To;
    }
}
