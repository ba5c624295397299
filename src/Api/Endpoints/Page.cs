namespace EnergyWatch.Api.Endpoints;

/// <summary>A part of a list. <c>Next</c> is the cursor to continue with, null at the end.</summary>
sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>How much of a list is asked for: <c>?limit=</c> (1 to 1000, default 500) and <c>?cursor=</c>.</summary>
sealed record PageRequest(int? Limit, string? Cursor)
{
    const int Most = 1000;

    public int Size => Math.Clamp(Limit ?? 500, 1, Most);

    /// <summary>Cuts a list that is sorted by an ordinal key; the cursor is the last key of the page before.</summary>
    public Page<TItem> Cut<TSource, TItem>(IEnumerable<TSource> sorted, Func<TSource, string> key, Func<TSource, TItem> item)
    {
        var rest = sorted.Where(entry => Cursor is null || string.CompareOrdinal(key(entry), Cursor) > 0).Take(Size + 1).ToList();
        var page = rest.Take(Size).ToList();
        return new Page<TItem>([.. page.Select(item)], rest.Count > Size ? key(page[^1]) : null);
    }

    /// <summary>For lists that are read from the store by descending id.</summary>
    public long? Before => long.TryParse(Cursor, System.Globalization.CultureInfo.InvariantCulture, out var id) ? id : null;

    public Page<TItem> From<TSource, TItem>(IReadOnlyList<TSource> oneMore, Func<TSource, long> id, Func<TSource, TItem> item)
    {
        var page = oneMore.Take(Size).ToList();
        var next = oneMore.Count > Size ? id(page[^1]).ToString(System.Globalization.CultureInfo.InvariantCulture) : null;
        return new Page<TItem>([.. page.Select(item)], next);
    }
}
