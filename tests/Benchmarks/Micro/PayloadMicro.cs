using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Benchmarks.Micro;

/// <summary>What a payload of ten values costs to decode, the fast way and the careful way, beside a bare pass over its tokens.</summary>
public class PayloadMicro
{
    readonly byte[] _payload = Encoding.UTF8.GetBytes(
        """
        {"meter":"M-0500","ts":1773730320000,"values":{"energy_import":12345.67,"power":41.2,"voltage_l1":231.42,
        "voltage_l2":230.97,"voltage_l3":232.1,"current_l1":12.345,"current_l2":11.982,"current_l3":12.077,
        "power_factor":0.987,"frequency":50.01}}
        """);

    readonly FoundReadings _found = new();
    readonly ReadingContext _context = new(
        Some.Registry(Enumerable.Range(1, 1_000).Select(i => Some.Meter(i, $"M-{i:0000}"))), Some.Calendar,
        Some.At("2026-03-17T06:52:00Z"), "mqtt:GW-01", "GW-01");

    [GlobalSetup]
    public void Prepare()
    {
        if (PlainDecode() != 10 || CarefulDecode() != 10)
            throw new InvalidOperationException("The payload that is to be measured is not taken.");
    }

    [Benchmark(Baseline = true)]
    public int BareTokens()
    {
        var reader = new Utf8JsonReader(_payload);
        var count = 0;
        while (reader.Read())
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out _)) count++;
        return count;
    }

    [Benchmark]
    public int PlainDecode() => PayloadReader.Read(_payload, PayloadFormats.Json, _context, _found).Batch.Readings.Count;

    [Benchmark]
    public int CarefulDecode() =>
        PayloadReader.ReadWithCare(_payload, PayloadFormats.Json, _context, _found).Batch.Readings.Count;
}
