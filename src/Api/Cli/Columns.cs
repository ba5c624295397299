namespace EnergyWatch.Api.Cli;

/// <summary>Rows of text under each other, each column as wide as its widest cell.</summary>
static class Columns
{
    public static string Of(IEnumerable<IReadOnlyList<string>> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0) return "";
        var widths = Enumerable.Range(0, all.Max(row => row.Count)).Select(i => all.Max(row => i < row.Count ? row[i].Length : 0)).ToList();
        return string.Join('\n', all.Select(row => string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd()));
    }
}
