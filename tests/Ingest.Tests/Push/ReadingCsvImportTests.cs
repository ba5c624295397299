using System.Globalization;
using System.Text;
using System.Text.Json;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Ingest.Push;
using EnergyWatch.Ingest.Tests.Mqtt;
using EnergyWatch.Ingest.Tests.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Push;

public sealed class ReadingCsvImportTests
{
    static readonly CsvImportRequest Wide = new("file.csv", Quantity.EnergyImport, null);

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var file in new[] { "good.json", "bad.json" })
            foreach (var item in CsvCases.Of(file)) cases.Add(file, item.GetProperty("name").GetString()!);
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task A_file_comes_to_what_its_vector_says(string file, string name)
    {
        var item = CsvCases.Of(file).Single(item => item.GetProperty("name").GetString() == name);
        await AssertCaseAsync(item, new MemoryStream(CsvCases.Bytes(item)));
        // However the bytes are cut on their way, they come to the same.
        await AssertCaseAsync(item, new DrippingStream(CsvCases.Bytes(item), new Random(7), 5));
    }

    static async Task AssertCaseAsync(JsonElement item, Stream csv)
    {
        await using var bench = new PipelineBench(registry: CsvCases.Registry);
        await bench.StartAsync();
        var sink = new NotingSink(bench.Pipeline);
        var result = await ReadingCsvImport.RunAsync(
            csv, CsvCases.Request(item), sink, CsvCases.Registry, bench.Clock, null, CancellationToken.None);

        Assert.Equal(Expected(item, "readings").Select(Line), sink.Stored.Select(Line));
        Assert.All(sink.Stored, reading => Assert.Equal(Provenance.Imported, reading.Provenance));
        var faults = Expected(item, "faults");
        Assert.Equal(faults.Select(fault => (fault[0].GetInt32(), fault[1].GetString()!)),
            result.Faults.Select(fault => (fault.Line, fault.Column)));
        foreach (var (expected, fault) in faults.Zip(result.Faults))
            Assert.Contains(expected[2].GetString()!, fault.Reason, StringComparison.Ordinal);
        var quarantined = item.TryGetProperty("quarantined", out var number) ? number.GetInt32() : 0;
        Assert.Equal(
            (item.GetProperty("rows").GetInt64(), sink.Stored.Count + quarantined, quarantined, faults.Count),
            (result.Rows, result.Readings, result.Quarantined, result.FaultCount));
        Assert.Equal(sink.Stored.Count, result.Stored);
        Assert.Equal(quarantined, bench.Quarantine.Items.Count);
        Assert.All(bench.Quarantine.Items, item => Assert.Equal("csv:case.csv", item.Source));
    }

    [Fact]
    public async Task A_file_is_put_in_batches_whose_number_in_flight_is_bounded()
    {
        var sink = new ScriptedSink { Holds = true };
        var told = new List<long>();
        var import = ReadingCsvImport.RunAsync(
            new MemoryStream(File(100_000)), Wide, sink, CsvCases.Registry, new TestClock(), new Telling(told),
            CancellationToken.None);
        await Eventually.HoldsAsync(() => sink.Held == 4, "four batches are in flight");
        for (var i = 0; i < 100; i++) await Task.Yield();
        Assert.Equal((4, false), (sink.Held, import.IsCompleted));

        sink.StoreAll();
        var result = await import;
        Assert.Equal((50_000, 100_000, 100_000, 0), (result.Rows, result.Readings, result.Stored, result.FaultCount));
        Assert.Equal(10, sink.Taken.Count);
        Assert.Equal(Enumerable.Range(1, 10).Select(i => i * 10_000L), told);
    }

    [Fact]
    public async Task A_store_that_fails_breaks_the_import_off_and_says_what_is_stored()
    {
        var puts = 0;
        var sink = new ScriptedSink { Fault = _ => ++puts == 3 ? new NotStoredException("the disk is full") : null };
        var fault = await Assert.ThrowsAsync<NotStoredException>(() => ReadingCsvImport.RunAsync(
            new MemoryStream(File(100_000)), Wide, sink, CsvCases.Registry, new TestClock(), null,
            CancellationToken.None));
        // The third of the batches in flight failed; the others behind it had been stored.
        Assert.Equal(("the disk is full 50000 readings of the file are stored; import it again, that is harmless.", 6),
            (fault.Message, puts));
    }

    [Fact]
    public async Task A_stop_ends_an_import_between_batches()
    {
        using var stop = new CancellationTokenSource();
        var sink = new ScriptedSink { Holds = true };
        var import = ReadingCsvImport.RunAsync(
            new MemoryStream(File(100_000)), Wide, sink, CsvCases.Registry, new TestClock(), null, stop.Token);
        await Eventually.HoldsAsync(() => sink.Held == 4, "four batches are in flight");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => import);
    }

    [Fact]
    public async Task Faults_without_end_are_counted_and_the_first_thousand_listed()
    {
        var csv = "time,M-1\n" + string.Concat(Enumerable.Repeat("x,1\n", 5_000)) + "2026-03-17T06:45:00Z,1\n";
        var result = await RunAsync(Encoding.UTF8.GetBytes(csv));
        Assert.Equal((5_001, 1, 5_000, 1_000), (result.Rows, result.Stored, result.FaultCount, result.Faults.Count));
        Assert.Equal((2, 1_001), (result.Faults[0].Line, result.Faults[^1].Line));
    }

    [Fact]
    public async Task A_line_without_end_is_dropped_as_it_comes_and_its_neighbours_are_stored()
    {
        var longest = new string('9', 3 * CsvLines.LongestLine);
        var csv = $"time,M-1\n2026-03-17T06:45:00Z,1\n2026-03-17T06:46:00Z,{longest}\n"
            + $"2026-03-17T06:47:00Z,2\n2026-03-17T06:48:00Z,{longest}";
        var result = await RunAsync(Encoding.UTF8.GetBytes(csv));
        Assert.Equal((4, 2, 2), (result.Rows, result.Stored, result.FaultCount));
        Assert.Equal([3, 5], result.Faults.Select(fault => fault.Line));
    }

    [Fact]
    public void Numbers_are_the_nearest_double_whichever_way_they_are_read()
    {
        var random = new Random(20260317);
        for (var i = 0; i < 200_000; i++)
        {
            var digits = random.Next(1, 18);
            var text = string.Concat(Enumerable.Range(0, digits).Select(_ => (char)('0' + random.Next(10))));
            if (random.Next(4) > 0) text = text.Insert(random.Next(text.Length + 1), ".");
            if (random.Next(3) == 0) text = "-" + text;
            Assert.True(CsvNumber.TryParse(Encoding.ASCII.GetBytes(text), out var value), text);
            var nearest = double.Parse(text, CultureInfo.InvariantCulture);
            Assert.Equal(BitConverter.DoubleToInt64Bits(nearest), BitConverter.DoubleToInt64Bits(value));
        }
    }

    static Task<CsvImportResult> RunAsync(byte[] csv) => ReadingCsvImport.RunAsync(
        new DrippingStream(csv, new Random(1), 100_000), Wide, new OpenSink(), CsvCases.Registry, new TestClock(), null,
            CancellationToken.None);

    static byte[] File(int readings)
    {
        var csv = new StringBuilder("time,M-1,M-2\n");
        var at = Some.At("2026-01-01T00:00:00Z");
        for (var i = 0; i < readings / 2; i++)
            csv.Append(CultureInfo.InvariantCulture, $"{at + TimeSpan.FromMinutes(i)},{i},{i * 0.5}\n");
        return Encoding.UTF8.GetBytes(csv.ToString());
    }

    static List<JsonElement> Expected(JsonElement item, string name) =>
        item.TryGetProperty(name, out var listed) ? [.. listed.EnumerateArray()] : [];

    static string Line(JsonElement reading) =>
        Line(reading[0].GetString()!, reading[1].GetString()!, reading[2].GetString()!, reading[3].GetDouble());

    static string Line(Reading reading) => Line(
        CsvCases.Registry.Meter(reading.Series.Meter)!.Code, reading.Series.Quantity.Key(), reading.At.ToString(),
        reading.Value);

    static string Line(string meter, string quantity, string time, double value) =>
        string.Create(CultureInfo.InvariantCulture, $"{meter} {quantity} {time} {value:R}");

    sealed class Telling(List<long> told) : IProgress<long>
    {
        public void Report(long value) => told.Add(value);
    }
}
