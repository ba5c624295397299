using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Benchmarks.Pipeline;

/// <summary>What a payload of ten values costs to decode, beside a bare pass over its tokens.</summary>
static class PayloadLoad
{
    const int Count = 500_000;

    static readonly byte[] Payload = Encoding.UTF8.GetBytes(
        """
        {"meter":"M-0500","ts":1773730320000,"values":{"energy_import":12345.67,"power":41.2,"voltage_l1":231.42,
        "voltage_l2":230.97,"voltage_l3":232.1,"current_l1":12.345,"current_l2":11.982,"current_l3":12.077,
        "power_factor":0.987,"frequency":50.01}}
        """);

    public static int Run()
    {
        var registry = Some.Registry(Enumerable.Range(1, 1_000).Select(i => Some.Meter(i, $"M-{i:0000}")));
        var arrived = Some.At("2026-03-17T06:52:00Z");
        for (var round = 0; round < 3; round++)
        {
            Measure("bare pass over the tokens, numbers parsed", Bare);
            Measure("PayloadReader, any meter", () => Decode(
                new ReadingContext(registry, Some.Calendar, arrived, "http:bench", null)));
            Measure("PayloadReader, a gateway's own meters", () => Decode(
                new ReadingContext(registry, Some.Calendar, arrived, "mqtt:GW-01", "GW-01")));
        }
        return 0;
    }

    static readonly FoundReadings Found = new();

    static int Decode(ReadingContext context) =>
        PayloadReader.Read(Payload, PayloadFormats.Json, context, Found).Batch.Readings.Count;

    static int Bare()
    {
        var reader = new Utf8JsonReader(Payload);
        var count = 0;
        while (reader.Read())
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out _)) count++;
        return count - 1;
    }

    static void Measure(string name, Func<int> decode)
    {
        for (var i = 0; i < 50_000; i++) decode();
        var (bytes, began, readings) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp(), 0L);
        for (var i = 0; i < Count; i++) readings += decode();
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - bytes;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-44} {Count / seconds,10:N0} payloads/s {allocated / (double)Count,7:F0} B/payload  ")
            + $"lost {Count * 10L - readings}");
    }
}
