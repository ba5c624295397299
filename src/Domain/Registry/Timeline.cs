namespace EnergyWatch.Domain.Registry;

/// <summary>A fact that holds from a local day on, until the next one or until <c>ValidTo</c> (not included), with its source document.</summary>
public sealed record Dated<T>(DateOnly ValidFrom, T Value, DateOnly? ValidTo = null, string? Source = null);

/// <summary>Facts about one thing in the order of their days; none is ever overwritten, a later one takes over.</summary>
public sealed class Timeline<T>
{
    public static Timeline<T> Empty { get; } = new([]);

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

    DateOnly? NextChange(DateOnly day, Dated<T>? current)
    {
        var later = Array.Find(_facts, fact => fact.ValidFrom > day)?.ValidFrom;
        return current?.ValidTo is { } ends && (later is null || ends < later) ? ends : later;
    }
}
