namespace EnergyWatch.Domain.Time;

/// <summary>A half-open span of time <c>[From, To)</c> in UTC: <c>From</c> belongs to it, <c>To</c> does not.</summary>
/// <exception cref="ArgumentException">when <c>To</c> lies before <c>From</c>.</exception>
public readonly record struct Period
{
    public Period(Instant from, Instant to)
    {
        if (to < from) throw new ArgumentException($"A period cannot end ({to}) before it begins ({from}).", nameof(to));
        From = from;
        To = to;
    }

    public Instant From { get; }
    public Instant To { get; }
    public TimeSpan Length => To - From;
    public bool IsEmpty => From == To;

    public bool Contains(Instant moment) => moment >= From && moment < To;
    public bool Overlaps(Period other) => From < other.To && other.From < To;

    /// <summary>The common part, or null where there is none.</summary>
    public Period? Intersect(Period other)
    {
        var from = From > other.From ? From : other.From;
        var to = To < other.To ? To : other.To;
        return from < to ? new Period(from, to) : null;
    }

    public override string ToString() => $"[{From}, {To})";
}
