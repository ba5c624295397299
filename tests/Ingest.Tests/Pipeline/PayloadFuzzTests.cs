using System.Text;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Tests.Pipeline;

/// <summary>Whatever the bytes are, the reader answers. Seeded, so that a failure comes again: its message holds the
/// bytes.</summary>
public sealed class PayloadFuzzTests
{
    const int Cases = 200_000;

    static readonly byte[][] Words =
    [
        .. new[]
        {
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "null", "true", "NaN", "1e999", "-0", "\n",
            "\r\n", "//", "/*",
            "\"meter\"", "\"ts\"", "\"values\"", "\"readings\"", "\"power\"", "\"M-1\"", "\uFEFF", "表", "1768000000000",
            "\"2026-03-17T06:45:00Z\"",
            "9223372036854775807", "-9223372036854775808", "1e308", "{\"meter\":\"M-1\",\"values\":{\"power\":1}}",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xFE], [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x00],
    ];

    [Fact]
    public void No_bytes_make_the_reader_throw_and_what_it_finds_adds_up()
    {
        var random = new Random(20261120);
        var cases = PayloadCases.Of("good.json").Concat(PayloadCases.Of("refused.json"));
        var seeds = cases.Select(PayloadCases.Payload).ToArray();
        var contexts = new[] { PayloadCases.Context(), PayloadCases.Context("GW-01"), PayloadCases.Context("GW-99") };
        string[] formats =
            [PayloadFormats.Json, PayloadFormats.NdJson, "application/json; charset=utf-8", "text/plain", ""];
        var (readable, refused, taken) = (0, 0, 0);
        for (var i = 0; i < Cases; i++)
        {
            var payload = Mutate(seeds[random.Next(seeds.Length)], random);
            var format = formats[i % 50 == 0 ? random.Next(formats.Length) : random.Next(2)];
            var decoded = Read(payload, format, contexts[random.Next(contexts.Length)]);
            readable += decoded.IsReadable ? 1 : 0;
            refused += decoded.Batch.Refusals.Count;
            taken += decoded.Batch.Readings.Count;
        }
        Assert.True(
            readable > Cases / 100 && refused > Cases / 10 && taken > Cases / 100,
            $"The fuzz has no bite: {readable} {refused} {taken}");
    }

    static DecodedPayload Read(byte[] payload, string format, ReadingContext context)
    {
        try
        {
            var decoded = PayloadReader.Read(payload, format, context);
            Assert.Equal(decoded.Batch.Readings.Count, decoded.Batch.Indexes.Count);
            Assert.All(decoded.Batch.Readings, reading => Assert.True(double.IsFinite(reading.Value)));
            Assert.All(decoded.Batch.Refusals, refusal => Assert.InRange(refusal.Detail.Length, 1, 1_000));
            Assert.All(decoded.Batch.Refusals, refusal => Assert.True(refusal.Index >= 0));
            if (!decoded.IsReadable)
                Assert.True(decoded.Batch.Readings.Count == 0 && decoded.Batch.Refusals.Count == 1);
            return decoded;
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{format} {Convert.ToBase64String(payload)}", exception);
        }
    }

    static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = new List<byte>(seed);
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count + 1);
            var length = Math.Min(random.Next(1, 8), bytes.Count - at);
            switch (random.Next(5))
            {
                case 0: bytes.InsertRange(at, Words[random.Next(Words.Length)]); break;
                case 1: bytes.RemoveRange(at, length); break;
                case 2: bytes.RemoveRange(at, bytes.Count - at); break;
                case 3: bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length)); break;
                case 4 when at < bytes.Count: bytes[at] = (byte)random.Next(256); break;
            }
        }
        return [.. bytes];
    }
}
