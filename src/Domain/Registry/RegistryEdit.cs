namespace EnergyWatch.Domain.Registry;

/// <summary>
/// A fact that an edit adds (<c>Before</c> null) or replaces. Both are rows of the kinds in <see cref="RegistryRows"/>,
/// without a place.
/// </summary>
/// <param name="Subject">What it is about and from when, e.g. <c>meter M-0001 from 2024-01-01</c>; the identity of the
/// fact.</param>
public sealed record RegistryChange(string Subject, object? Before, object After);

/// <summary>
/// What rows would do to a registry: the facts afterwards, what changes, and everything that is wrong with it. Pure: a
/// dry run and the real one give the same. Nothing may be kept of an edit with faults.
/// </summary>
public sealed record RegistryEdit(
    RegistryRows Merged, IReadOnlyList<RegistryChange> Changes, IReadOnlyList<RegistryFault> Faults)
{
    /// <param name="known">The facts in force, one per subject.</param>
    /// <param name="rows">As they were written, with their places.</param>
    public static RegistryEdit Of(RegistryRows known, RegistryRows rows)
    {
        var changes = new List<RegistryChange>();
        var merged = new RegistryRows
        {
            Institutions = Merge(
                known.Institutions, rows.Institutions, RegistrySubjects.Of, RegistrySubjects.Bare, changes),
            Areas = Merge(known.Areas, rows.Areas, RegistrySubjects.Of, RegistrySubjects.Bare, changes),
            HeadCounts = Merge(known.HeadCounts, rows.HeadCounts, RegistrySubjects.Of, RegistrySubjects.Bare, changes),
            Gateways = Merge(known.Gateways, rows.Gateways, RegistrySubjects.Of, RegistrySubjects.Bare, changes),
            Meters = Merge(known.Meters, rows.Meters, RegistrySubjects.Of, RegistrySubjects.Bare, changes),
            Replacements = Merge(
                known.Replacements, rows.Replacements, RegistrySubjects.Of, RegistrySubjects.Bare, changes),
            Targets = Merge(known.Targets, rows.Targets, RegistrySubjects.Of, RegistrySubjects.Bare, changes),
            PvSites = Merge(known.PvSites, rows.PvSites, RegistrySubjects.Of, RegistrySubjects.Bare, changes),
            Addresses = Merge(known.Addresses, rows.Addresses, RegistrySubjects.Of, RegistrySubjects.Bare, changes),
        };
        return new RegistryEdit(merged, changes, RegistryRules.Check(rows, merged));
    }

    static IReadOnlyList<TRow> Merge<TRow>(
        IReadOnlyList<TRow> known, IReadOnlyList<TRow> rows, Func<TRow, string> subject, Func<TRow, TRow> bare,
        List<RegistryChange> changes) where TRow : class
    {
        if (rows.Count == 0) return known;
        var merged = known.ToDictionary(subject);
        foreach (var row in rows)
        {
            var (key, after) = (subject(row), bare(row));
            var before = merged.GetValueOrDefault(key);
            if (after.Equals(before)) continue;
            changes.Add(new RegistryChange(key, before, after));
            merged[key] = after;
        }
        return [.. merged.Values];
    }
}
