namespace EnergyWatch.Ingest.Push;

/// <summary>
/// Counts all faults and lists the first: a file of a million bad rows must not become a list of a million reasons.
/// </summary>
sealed class CsvFaults
{
    readonly List<CsvFault> _listed = [];

    public long Count { get; private set; }

    // Those of the pipeline come later than those of the lines behind them.
    public IReadOnlyList<CsvFault> Listed => [.. _listed.OrderBy(fault => fault.Line)];

    public void Add(int line, string column, string reason)
    {
        Count++;
        if (_listed.Count < CsvImportResult.MostFaults) _listed.Add(new CsvFault(line, column, reason));
    }

    public (int Listed, long Count) Mark() => (_listed.Count, Count);

    /// <summary>Takes back what was added since the mark.</summary>
    public void Return((int Listed, long Count) mark)
    {
        _listed.RemoveRange(mark.Listed, _listed.Count - mark.Listed);
        Count = mark.Count;
    }
}
