using System.Globalization;
using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Tests.Pipeline;

/// <summary>
/// The fast way answers exactly as the careful way does, or leaves it to that. Seeded; a failure names its payload.
/// </summary>
public sealed class PlainItemsTests
{
    const string Message =
        """
        {"meter":"M-1","ts":1773730320000,"values":{"energy_import":12345.67,"power":41.2,"voltage_l1":231.42,
        "voltage_l2":230.97,"voltage_l3":232.1,"current_l1":12.345,"current_l2":11.982,"current_l3":12.077,
        "power_factor":0.987,"frequency":50.01}}
        """;

    static readonly ReadingContext[] Contexts =
        [PayloadCases.Context(), PayloadCases.Context("GW-01"), PayloadCases.Context("GW-02")];

    readonly FoundReadings _fast = new();
    readonly FoundReadings _careful = new();

    [Theory]
    [InlineData(Message)]
    [InlineData("""{"values":{"power":-0},"meter":"M-1"}""")]
    [InlineData("""{"ts":"2026-03-17T06:45:00+08:00","values":{"power":1.0},"meter":"M-1"}""")]
    [InlineData("""[{"meter":"M-1","values":{"power":1}},{"meter":"表-4","values":{"power":2}}]""")]
    [InlineData("\r\n\t { \"meter\" : \"M-1\" , \"values\" : { \"power\" : 0.30000000000000004 } } ")]
    public void What_gateways_send_goes_the_fast_way(string payload) =>
        Assert.True(IsTakenFast(Encoding.UTF8.GetBytes(payload), PayloadCases.Context("GW-01")));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"meter":"M-1"}""")]
    [InlineData("""{"meter":"M-1","values":{}}""")]
    [InlineData("""{"meter":"M-1","values":{"power":1,"power":2}}""")]
    [InlineData("""{"meter":"M-1","meter":"M-1","values":{"power":1}}""")]
    [InlineData("""{"meter":"M-1","ts":1,"ts":1,"values":{"power":1}}""")]
    [InlineData("""{"meter":"M-1","values":{"power":01}}""")]
    [InlineData("""{"meter":"M-1","values":{"power":1.}}""")]
    [InlineData("""{"meter":"M-1","values":{"power":.1}}""")]
    [InlineData("""{"meter":"M-1","values":{"power":+1}}""")]
    [InlineData("""{"meter":"M-1","values":{"power":-}}""")]
    [InlineData("""{"meter":"M-1","values":{"power":1e3}}""")]
    [InlineData("""{"meter":"M-1","values":{"power":"1"}}""")]
    [InlineData("""{"meter":"M-1","values":{"power":1},}""")]
    [InlineData("""{"meter":"M-1","values":{"power":1}} x""")]
    [InlineData("""{"meter":"M-1","values":{"power":1}}{}""")]
    [InlineData("""{"meter":"M\u002d1","values":{"power":1}}""")]
    [InlineData("""{"meter":"M-1","ts":1773730320,"values":{"power":1}}""")]
    [InlineData("""{"meter":"M-1","ts":1773730320000.0,"values":{"power":1}}""")]
    [InlineData("""{"meter":"nobody","values":{"power":1}}""")]
    [InlineData("""{"meter":"M-1","values":{"no_such":1}}""")]
    [InlineData("""[{"meter":"M-1","values":{"power":1}},{"meter":"M-1"}]""")]
    public void What_is_not_plain_is_left_alone_and_nothing_of_it_is_kept(string payload)
    {
        Assert.False(IsTakenFast(Encoding.UTF8.GetBytes(payload), PayloadCases.Context("GW-01")));
        Assert.Empty(_fast.Readable(default, PayloadFormats.Json, PayloadCases.Context()).Batch.Readings);
    }

    [Fact]
    public void Whatever_the_bytes_are_both_ways_agree()
    {
        var random = new Random(20261120);
        var seeds = PayloadCases.Of("good.json").Concat(PayloadCases.Of("refused.json"))
            .Select(PayloadCases.Payload).Append(Encoding.UTF8.GetBytes(Message)).ToArray();
        var fast = 0;
        for (var i = 0; i < 300_000; i++)
        {
            var payload = (byte[])seeds[random.Next(seeds.Length)].Clone();
            for (var changes = random.Next(4); changes > 0 && payload.Length > 0; changes--)
                payload = Changed(payload, random);
            fast += IsTakenFast(payload, Contexts[random.Next(Contexts.Length)]) ? 1 : 0;
        }
        Assert.True(fast > 8_000, $"The comparison has no bite: {fast}");
    }

    [Fact]
    public void Every_number_is_read_to_the_last_bit()
    {
        var random = new Random(7);
        var fast = 0;
        for (var i = 0; i < 200_000; i++)
        {
            var text = NumberText(random);
            var payload = Encoding.UTF8.GetBytes($$$"""{"meter":"M-1","values":{"power":{{{text}}}}}""");
            if (!IsTakenFast(payload, PayloadCases.Context("GW-01"))) continue;
            fast++;
            var value = Assert.Single(_fast.Readable(payload, "", PayloadCases.Context()).Batch.Readings).Value;
            Assert.Equal(Bits(double.Parse(text, CultureInfo.InvariantCulture)), Bits(value));
        }
        Assert.True(fast > 100_000, $"The comparison has no bite: {fast}");
    }

    [Fact]
    public void A_message_of_ten_values_is_decoded_without_allocating()
    {
        var (payload, context) = (Encoding.UTF8.GetBytes(Message), PayloadCases.Context("GW-01"));
        for (var i = 0; i < 1_000; i++) PayloadReader.Read(payload, PayloadFormats.Json, context, _fast);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) PayloadReader.Read(payload, PayloadFormats.Json, context, _fast);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(10, PayloadReader.Read(payload, PayloadFormats.Json, context, _fast).Batch.Readings.Count);
    }

    bool IsTakenFast(byte[] payload, ReadingContext context)
    {
        if (!PayloadReader.TryReadPlainly(payload, context, _fast)) return false;
        var one = _fast.Readable(payload, PayloadFormats.Json, context).Batch;
        var other = PayloadReader.ReadWithCare(payload, PayloadFormats.Json, context, _careful).Batch;
        Assert.True(
            one.Readings.Select(Exactly).SequenceEqual(other.Readings.Select(Exactly))
                && one.Indexes.SequenceEqual(other.Indexes) && other.Refusals.Count == 0
                && one.Source == other.Source && one.ArrivedAt == other.ArrivedAt && one.Received == other.Received,
            $"The two ways differ over {Convert.ToBase64String(payload)}");
        return true;
    }

    static (Reading, long) Exactly(Reading reading) => (reading, Bits(reading.Value));

    static long Bits(double value) => BitConverter.DoubleToInt64Bits(value);

    static string NumberText(Random random) => random.Next(6) switch
    {
        0 => random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
        1 => random.Next(-100_000, 100_000).ToString(CultureInfo.InvariantCulture),
        2 => (random.NextDouble() * Math.Pow(10, random.Next(12))).ToString("R", CultureInfo.InvariantCulture),
        3 => (random.NextDouble() - 0.5).ToString($"F{random.Next(1, 25)}", CultureInfo.InvariantCulture),
        4 => (random.NextDouble() * 1e16).ToString($"F{random.Next(1, 4)}", CultureInfo.InvariantCulture),
        _ => (random.NextDouble() * 1e6).ToString($"F{random.Next(1, 8)}", CultureInfo.InvariantCulture),
    };

    static byte[] Changed(byte[] payload, Random random)
    {
        var at = random.Next(payload.Length);
        const string likely = "{}[],:\"\\ \n0123456789.-+eE\0\u001F\u007F";
        switch (random.Next(3))
        {
            case 0:
                payload[at] = (byte)(random.Next(4) == 0 ? random.Next(256) : likely[random.Next(likely.Length)]);
                return payload;
            case 1:
                return [.. payload[..at], .. payload[Math.Min(payload.Length, at + random.Next(1, 6))..]];
            default:
                return [.. payload[..at], (byte)likely[random.Next(likely.Length)], .. payload[at..]];
        }
    }
}
