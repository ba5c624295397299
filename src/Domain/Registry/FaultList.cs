using System.Globalization;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Registry;

/// <summary>Collects what is wrong with rows, and knows the checks that all kinds of rows share.</summary>
sealed class FaultList
{
    const int LongestCode = 64;

    readonly List<RegistryFault> _faults = [];

    public IReadOnlyList<RegistryFault> InOrder() =>
        [.. _faults.OrderBy(fault => fault.File, StringComparer.Ordinal).ThenBy(fault => fault.Line)];

    public void Add(RowPlace place, string column, string reason) =>
        _faults.Add(new RegistryFault(place.File ?? "", place.Line, column, reason));

    public void Require(bool holds, RowPlace place, string column, string reason)
    {
        if (!holds) Add(place, column, reason);
    }

    /// <summary>
    /// Codes stand in addresses, topics and scopes: letters and digits of any script, and - _ . between them.
    /// </summary>
    public void Code(RowPlace place, string code, string column = "code") => Require(
        code.Length is > 0 and <= LongestCode && code.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.'),
        place, column, $"'{code}' must be 1 to {LongestCode} letters, digits, '-', '_' or '.'");

    public void Text(RowPlace place, string column, string? text) =>
        Require(!string.IsNullOrWhiteSpace(text), place, column, "must be given");

    public void Known(RowPlace place, string column, string kind, string code, IReadOnlySet<string> known) =>
        Require(known.Contains(code), place, column, $"there is no {kind} {code}");

    public void NotNegative(RowPlace place, string column, double value) =>
        Require(double.IsFinite(value) && value >= 0, place, column, $"{Number(value)} must be 0 or more");

    public void Positive(RowPlace place, string column, double value) =>
        Require(double.IsFinite(value) && value > 0, place, column, $"{Number(value)} must be more than 0");

    public void Validity(RowPlace place, DateOnly from, DateOnly? to) =>
        Require(to is null || to > from, place, "valid_to",
            "must be later than valid_from: it is the first day on which the row no longer holds");

    /// <summary>The same fact twice in one edit: which one was meant cannot be known.</summary>
    public void Repeats<TRow>(
        IReadOnlyList<TRow> rows, Func<TRow, string> subject, Func<TRow, RowPlace> place, string column)
    {
        var first = new Dictionary<string, RowPlace>();
        foreach (var row in rows)
            if (!first.TryAdd(subject(row), place(row)))
                Add(place(row), column, $"repeats {subject(row)} of {Name(first[subject(row)])}");
    }

    /// <summary>
    /// Rows of one edit that both claim a day. A row without an end is no such claim: the next one takes over from it.
    /// </summary>
    public void Overlaps<TRow>(
        IReadOnlyList<TRow> rows, Func<TRow, string> code, Func<TRow, (DateOnly From, DateOnly? To)> validity,
        Func<TRow, RowPlace> place)
    {
        foreach (var facts in rows.GroupBy(code))
            foreach (var (earlier, later) in facts.OrderBy(row => validity(row).From).Pairs())
                if (validity(earlier).To is { } end && validity(later).From < end
                    && validity(later).From > validity(earlier).From)
                    Add(place(later), "valid_from",
                        $"overlaps {Name(place(earlier))}, which is valid to {PeriodName.Day(end)}");
    }

    static string Name(RowPlace place) => string.Create(CultureInfo.InvariantCulture, $"{place.File}:{place.Line}");

    static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}

static class Neighbours
{
    /// <summary>Each element with the one after it.</summary>
    public static IEnumerable<(T, T)> Pairs<T>(this IEnumerable<T> source)
    {
        var list = source.ToList();
        return list.Zip(list.Skip(1));
    }
}
