using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Push;

/// <summary>
/// Reads readings from CSV (UTF-8, RFC 4180), whatever its length in the same memory. The header decides: with
/// <c>meter,quantity,time,value</c> in any order it is the long form; with <c>time</c> first, every other column is a
/// meter, and the request names their quantity.
/// <para>A row, cell or column that is wrong is a fault with its place; the others are stored. Faults are not
/// quarantined, since the officer has the file; what the pipeline refuses of well-formed rows is, and is listed among
/// the faults as well.</para>
/// </summary>
public static class ReadingCsvImport
{
    /// <param name="registry">The meters that may be named.</param>
    /// <param name="progress">Told the number of readings put so far, after every batch.</param>
    /// <exception cref="NotStoredException">Storage could not take a part of it. The message says how much is stored;
    /// importing the file again is harmless.</exception>
    public static async Task<CsvImportResult> RunAsync(
        Stream csv,
        CsvImportRequest request,
        IReadingSink sink,
        RegistrySnapshot registry,
        TimeProvider clock,
        IProgress<long>? progress,
        CancellationToken stop)
    {
        var faults = new CsvFaults();
        var batches = new ImportBatches($"csv:{request.FileName}", sink, clock, faults, progress);
        var lines = new CsvLines(csv);
        CsvRows? rows = null;
        while (await lines.FillAsync(stop))
        {
            while (lines.TryRead(out var line))
            {
                if (CsvFields.IsBlank(line) && !lines.IsCut) continue;
                if (rows is null)
                {
                    var header = CsvHeader.Read(line, lines.Number, request, registry, faults);
                    if (header is null) return Result(0);
                    rows = new CsvRows(header, registry, new CsvTimes(request.Zone), faults);
                    continue;
                }
                if (lines.IsCut) rows.RefuseCut(lines.Number);
                else rows.Read(line, lines.Number, batches.Current);
                if (batches.Current.IsFull) await batches.PutAsync(registry, stop);
            }
        }
        if (rows is null) faults.Add(1, "", "The file is empty.");
        await batches.FinishAsync(registry, stop);
        return Result(rows?.Count ?? 0);

        CsvImportResult Result(long count) =>
            new(count, batches.Readings, batches.Stored, batches.Quarantined, faults.Listed, faults.Count);
    }
}

/// <summary>What is imported.</summary>
/// <param name="FileName">For the record: the readings' source is <c>csv:</c> and this.</param>
/// <param name="Quantity">What the columns of a wide file hold; not used for a long one.</param>
/// <param name="Zone">Where times without an offset are local; without it they are faults.</param>
public sealed record CsvImportRequest(string FileName, Quantity? Quantity, TimeZoneInfo? Zone);

/// <summary>What became of a file. Readings = stored + quarantined.</summary>
/// <param name="Rows">Rows below the header that are not blank, faulty ones included.</param>
/// <param name="Readings">Readings that were well-formed.</param>
/// <param name="Faults">In the order of lines, <see cref="MostFaults"/> of them at most.</param>
/// <param name="FaultCount">All that is wrong with the file, what was quarantined included.</param>
public sealed record CsvImportResult(
    long Rows, long Readings, long Stored, long Quarantined, IReadOnlyList<CsvFault> Faults, long FaultCount)
{
    /// <summary>So many faults are listed.</summary>
    public const int MostFaults = 1000;
}

/// <summary>One thing wrong with a file.</summary>
/// <param name="Line">Counted from 1, the header included.</param>
/// <param name="Column">Its name in the header; empty where the whole line is meant.</param>
public sealed record CsvFault(int Line, string Column, string Reason);
