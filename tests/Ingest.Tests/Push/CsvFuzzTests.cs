using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Ingest.Push;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Push;

public sealed class CsvFuzzTests
{
    const int Cases = 100_000;

    static readonly byte[] Likely = ",\"\n\r;:.-+0123456789eETZ/ \t\0\u00ef\u00bb\u00bfNaNinfM-1time"u8.ToArray();

    [Fact]
    public async Task Whatever_the_bytes_are_the_import_answers_and_its_counts_add_up()
    {
        var random = new Random(20260317);
        var seeds = CsvCases.Of("good.json").Concat(CsvCases.Of("bad.json"))
            .Select(item => (Bytes: CsvCases.Bytes(item), Request: CsvCases.Request(item))).ToList();
        var sink = new CheckingSink();
        var (clock, stored, faults) = (new TestClock(), 0L, 0L);
        for (var i = 0; i < Cases; i++)
        {
            var (bytes, request) = seeds[random.Next(seeds.Count)];
            var mutated = Mutate(bytes, random);
            using Stream csv = random.Next(4) == 0 ? new DrippingStream(mutated, random, 20)
                : new MemoryStream(mutated);
            var result = await ReadingCsvImport.RunAsync(
                csv, request, sink, CsvCases.Registry, clock, null, CancellationToken.None);
            Assert.Equal(result.Readings, result.Stored + result.Quarantined);
            Assert.Equal(result.FaultCount, result.Faults.Count);
            Assert.True(result.Rows > 0 || result.Readings == 0);
            stored += result.Stored;
            faults += result.FaultCount;
        }
        // The mutations reach both sides.
        Assert.True(stored > Cases / 10 && faults > Cases / 10, $"{stored} stored, {faults} faults");
    }

    static byte[] Mutate(byte[] bytes, Random random)
    {
        var mutated = bytes.ToList();
        for (var changes = random.Next(1, 6); changes > 0; changes--)
        {
            var at = random.Next(mutated.Count + 1);
            var b = random.Next(2) == 0 ? Likely[random.Next(Likely.Length)] : (byte)random.Next(256);
            switch (random.Next(5))
            {
                case 0: mutated.Insert(at, b); break;
                case 1 when at < mutated.Count: mutated.RemoveAt(at); break;
                case 2 when at < mutated.Count: mutated[at] = b; break;
                case 3: mutated.RemoveRange(at, mutated.Count - at); break;
                default: mutated.InsertRange(at, mutated.GetRange(0, at)); break;
            }
        }
        return [.. mutated];
    }

    /// <summary>Takes what an import may put, and fails the test at anything else.</summary>
    sealed class CheckingSink : IReadingSink
    {
        public ValueTask<Task<IngestReceipt>> PutAsync(IngestBatch batch, CancellationToken stop)
        {
            Assert.NotEmpty(batch.Readings);
            Assert.Equal(batch.Readings.Count, batch.Indexes.Count);
            foreach (var reading in batch.Readings)
            {
                Assert.True(double.IsFinite(reading.Value) && Enum.IsDefined(reading.Series.Quantity)
                    && reading.Provenance == Provenance.Imported);
                Assert.NotNull(CsvCases.Registry.Meter(reading.Series.Meter));
                Assert.NotEmpty(reading.At.ToString());
            }
            return ValueTask.FromResult(Task.FromResult(
                new IngestReceipt(batch.Readings.Count, batch.Readings.Count, [])));
        }
    }
}
