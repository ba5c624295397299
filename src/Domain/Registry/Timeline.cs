namespace EnergyWatch.Domain.Registry;

/// <summary>A fact that holds from a local day on, until the next one or until <c>ValidTo</c> (not included), with its source document.</summary>
public sealed record Dated<T>(DateOnly ValidFrom, T Value, DateOnly? ValidTo = null, string? Source = null);

/// <summary>Facts about one thing in the order of their days; none is ever overwritten, a later one takes over.</summary>
public sealed class Timeline<T>
{
    public static Timeline<T> Empty { get; } = new([]);

    static readonly DateOnly LastDay = new(9999, 1, 1);

    readonly Dated<T>[] _facts;

    public Timeline(IEnumerable<Dated<T>> facts) => _facts = [.. facts.OrderBy(fact => fact.ValidFrom)];

    public IReadOnlyList<Dated<T>> Facts => _facts;

    /// <summary>The fact that holds on this day, or null where none does.</summary>
    public Dated<T>? At(DateOnly day)
    {
        var found = Array.FindLast(_facts, fact => fact.ValidFrom <= day);
        return found is null || found.ValidTo <= day ? null : found;
    }

    /// <summary>The days from <paramref name="first"/> up to, not including, <paramref name="end"/>, cut where the fact changes; a part without a fact has null.</summary>
    public IEnumerable<(DateOnly First, DateOnly End, Dated<T>? Fact)> Spans(DateOnly first, DateOnly end)
    {
        for (var day = first; day < end;)
        {
            var fact = At(day);
            var next = NextChange(day, fact) is { } change && change < end ? change : end;
            yield return (day, next, fact);
            day = next;
        }
    }

    /// <summary>Only the facts that <paramref name="keep"/> wants; one whose successor is left out ends where that one began.</summary>
    public Timeline<T> Where(Func<T, bool> keep)
    {
        var kept = new List<Dated<T>>();
        for (var i = 0; i < _facts.Length; i++)
        {
            if (!keep(_facts[i].Value)) continue;
            var next = i + 1 < _facts.Length ? _facts[i + 1] : null;
            kept.Add(next is null || keep(next.Value) || _facts[i].ValidTo <= next.ValidFrom
                ? _facts[i]
                : _facts[i] with { ValidTo = next.ValidFrom });
        }
        return new Timeline<T>(kept);
    }

    /// <summary>The days on which any fact holds, neighbours together; the last may go on for ever.</summary>
    public IEnumerable<(DateOnly First, DateOnly End)> Held()
    {
        (DateOnly First, DateOnly End)? open = null;
        for (var i = 0; i < _facts.Length; i++)
        {
            // The calendar's last day is not a day that has an end.
            var next = i + 1 < _facts.Length ? _facts[i + 1].ValidFrom : LastDay;
            var end = _facts[i].ValidTo is { } ends && ends < next ? ends : next;
            if (open is { } days && days.End == _facts[i].ValidFrom) open = (days.First, end);
            else
            {
                if (open is { } done) yield return done;
                open = (_facts[i].ValidFrom, end);
            }
        }
        if (open is { } last) yield return last;
    }

    DateOnly? NextChange(DateOnly day, Dated<T>? current)
    {
        var later = Array.Find(_facts, fact => fact.ValidFrom > day)?.ValidFrom;
        return current?.ValidTo is { } ends && (later is null || ends < later) ? ends : later;
    }
}
