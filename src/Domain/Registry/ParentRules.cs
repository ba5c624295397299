using EnergyWatch.Domain.Time;

namespace EnergyWatch.Domain.Registry;

/// <summary>
/// Parents form trees on every day: none is above itself, and none lies deeper than <see cref="Deepest"/> levels.
/// Parents change over time, so a cycle may appear long after the row that closes it begins: each day on which a parent
/// changes is looked at.
/// </summary>
static class ParentRules
{
    public const int Deepest = 16;

    public static void Check(RegistryRows rows, RegistryRows merged, FaultList faults)
    {
        Tree("institution", merged.Institutions.Select(Node), rows.Institutions.Select(Node), faults);
        Tree("meter", merged.Meters.Select(Node), rows.Meters.Select(Node), faults);
    }

    static ParentRow Node(InstitutionRow row) => new(row.Place, row.Code, row.ValidFrom, row.ValidTo, row.Facts.Parent);

    static ParentRow Node(MeterRow row) => new(row.Place, row.Code, row.ValidFrom, row.ValidTo, row.Facts.Parent);

    static void Tree(string kind, IEnumerable<ParentRow> merged, IEnumerable<ParentRow> rows, FaultList faults)
    {
        var nodes = merged.GroupBy(row => row.Code).ToDictionary(
            facts => facts.Key,
            facts => new Timeline<string?>(
                facts.Select(row => new Dated<string?>(row.ValidFrom, row.Parent, row.ValidTo))));
        var changes = nodes.Values.SelectMany(node => node.Facts)
            .Where(fact => fact.Value is not null).Select(fact => fact.ValidFrom).Distinct().Order().ToList();
        foreach (var row in rows.Where(row => row.Parent is not null))
            foreach (var day in changes.Where(day => day >= row.ValidFrom))
            {
                if (nodes[row.Code].At(day)?.ValidFrom != row.ValidFrom) break;
                if (Fault(kind, row.Code, day, nodes) is not { } reason) continue;
                faults.Add(row.Place, "parent", reason);
                break;
            }
    }

    static string? Fault(string kind, string code, DateOnly day, Dictionary<string, Timeline<string?>> nodes)
    {
        List<string> path = [code];
        while (nodes.TryGetValue(path[^1], out var node) && node.At(day)?.Value is { } parent)
        {
            if (parent == code) return $"makes {kind} {code} its own parent from {PeriodName.Day(day)}: {string.Join(" → ", path)} → {code}";
            // A cycle further up is the fault of a row on it.
            if (path.Contains(parent)) return null;
            path.Add(parent);
            if (path.Count > Deepest) return $"lies more than {Deepest} levels deep from {PeriodName.Day(day)}";
        }
        return null;
    }

    readonly record struct ParentRow(
        RowPlace Place, string Code, DateOnly ValidFrom, DateOnly? ValidTo, string? Parent);
}
