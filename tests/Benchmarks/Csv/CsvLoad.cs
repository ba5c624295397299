using System.Diagnostics;
using System.Globalization;
using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Ingest.Push;
using EnergyWatch.Support;

namespace EnergyWatch.Benchmarks.Csv;

/// <summary>
/// <c>csv</c>: wide and long files of a month through the import into a sink that only counts, and the ceiling beside
/// them: the same bytes searched for line feeds and commas, and nothing else.
/// </summary>
static class CsvLoad
{
    const int Meters = 200, Rounds = 5;

    public static async Task RunAsync()
    {
        var registry = Some.Registry(meters: Enumerable.Range(1, Meters).Select(i => Some.Meter(i, $"M-{i:0000}")));
        var (wide, wideCells) = (Wide(), Meters * 96 * 31);
        var (longs, longCells) = (Long(), Meters * 96 * 7);
        Console.WriteLine("what         cells/s     MB/s  CPU s per 100k  B allocated a cell");
        for (var round = 0; round < Rounds; round++)
        {
            var ceiling = await MeasureAsync(() => Task.FromResult((long)Separators(wide)));
            Print("separators", wideCells, wide.Length, ceiling);
            foreach (var (name, bytes, cells) in new[] { ("wide", wide, wideCells), ("long", longs, longCells) })
            {
                var request = new CsvImportRequest(
                    name, Quantity.EnergyImport, TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai"));
                var measured = await MeasureAsync(async () => (await ReadingCsvImport.RunAsync(
                    new MemoryStream(bytes), request, new CountingSink(), registry, TimeProvider.System, null,
                    CancellationToken.None)).Stored);
                if (measured.Count != cells)
                    throw new InvalidOperationException($"{cells} cells are in the file, {measured.Count} stored.");
                Print(name, cells, bytes.Length, measured);
            }
        }
    }

    static byte[] Wide()
    {
        var csv = new StringBuilder("time");
        for (var meter = 1; meter <= Meters; meter++) csv.Append(CultureInfo.InvariantCulture, $",M-{meter:0000}");
        for (var row = 0; row < 96 * 31; row++)
        {
            csv.Append('\n').Append(Local(row));
            for (var meter = 1; meter <= Meters; meter++)
                csv.Append(CultureInfo.InvariantCulture, $",{meter * 1000 + row * 1.37:0.00}");
        }
        return Encoding.UTF8.GetBytes(csv.Append('\n').ToString());
    }

    static byte[] Long()
    {
        var csv = new StringBuilder("meter,quantity,time,value\n");
        for (var row = 0; row < 96 * 7; row++)
            for (var meter = 1; meter <= Meters; meter++)
                csv.Append(
                    CultureInfo.InvariantCulture,
                    $"M-{meter:0000},energy_import,{Local(row)},{meter * 1000 + row * 1.37:0.00}\n");
        return Encoding.UTF8.GetBytes(csv.ToString());
    }

    static string Local(int row) =>
        new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Unspecified).AddMinutes(15 * row)
            .ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    static int Separators(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        while (bytes.IndexOfAny((byte)',', (byte)'\n') is >= 0 and var at)
        {
            bytes = bytes[(at + 1)..];
            count++;
        }
        return count;
    }

    static async Task<(long Count, TimeSpan Took, TimeSpan Cpu, long Allocated)> MeasureAsync(Func<Task<long>> run)
    {
        var (allocated, cpu, began) =
            (GC.GetTotalAllocatedBytes(true), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        var count = await run();
        var (took, used) = (Stopwatch.GetElapsedTime(began), Environment.CpuUsage.TotalTime - cpu);
        return (count, took, used, GC.GetTotalAllocatedBytes(true) - allocated);
    }

    static void Print(
        string name, int cells, int bytes, (long Count, TimeSpan Took, TimeSpan Cpu, long Allocated) measured)
    {
        var (seconds, cpu) = (measured.Took.TotalSeconds, measured.Cpu.TotalSeconds / cells * 1e5);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-10} {cells / seconds,10:0}  {bytes / seconds / 1e6,7:0}  {cpu,14:0.0000}  "
            + $"{(double)measured.Allocated / cells,18:0.00}"));
    }

    sealed class CountingSink : IReadingSink
    {
        public ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop) =>
            ValueTask.FromResult(Task.FromResult(new IngestReceipt(batch.Readings.Count, batch.Readings.Count, [])));
    }
}
