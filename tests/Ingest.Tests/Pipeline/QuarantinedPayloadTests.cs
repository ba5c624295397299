using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Series;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Pipeline;

public sealed class QuarantinedPayloadTests
{
    static readonly Refusal Refusal = new(3, RefusalCodes.NotANumber, "$[3]: too large");

    [Fact]
    public void A_payload_is_kept_as_it_came()
    {
        var item = Payload(new byte[1_000]).Item(Refusal);
        Assert.Equal(
            (1_000, "$[3]: too large", RefusalCodes.NotANumber, PayloadFormats.NdJson),
            (item.Payload.Length, item.Detail, item.Code, item.Format));
        Assert.Equal((0L, "test:bench", new TestClock().Instant), (item.Id, item.Source, item.At));
    }

    [Fact]
    public void A_long_payload_is_cut_and_says_so()
    {
        var item = Payload(new byte[100_000]).Item(Refusal);
        Assert.Equal(65_536, item.Payload.Length);
        Assert.Equal("$[3]: too large (payload cut to 65536 of 100000 bytes)", item.Detail);
    }

    [Fact]
    public void Many_refusals_of_one_batch_keep_a_bounded_number_of_bytes()
    {
        foreach (var length in new[] { 500, 30_000, 65_536, 5_000_000 })
        {
            var payload = Payload(new byte[length]);
            var items = Enumerable.Range(0, 10_000).Select(_ => payload.Item(Refusal)).ToList();
            Assert.InRange(items.Sum(item => item.Payload.Length), 1, QuarantinedPayload.MostBytesOfBatch);
            var shortened = items.Where(item => item.Payload.Length < length);
            Assert.All(shortened, item => Assert.Matches(@"\((the )?payload", item.Detail));
        }
    }

    [Fact]
    public void What_a_format_says_beside_its_name_counts_too()
    {
        var format = "application/vnd.test; topic=" + new string('x', 2_000);
        var payload = new QuarantinedPayload(PipelineBench.Batch([], [Refusal]) with { Payload = new byte[100], Format = format });
        var items = Enumerable.Range(0, 10_000).Select(_ => payload.Item(Refusal)).ToList();
        Assert.InRange(items.Sum(item => item.Payload.Length + item.Format.Length), 1, QuarantinedPayload.MostBytesOfBatch + 10_000 * 24);
        Assert.Equal((100, format), (items[0].Payload.Length, items[0].Format));
        Assert.Equal((0, "application/vnd.test"), (items[^1].Payload.Length, items[^1].Format));
    }

    [Theory]
    [InlineData(0, 41.5, "{\"meter\":\"M-1\",\"ts\":1773730320000,\"values\":{\"power\":41.5}}")]
    [InlineData(1_000_000, 41.5, "{\"meter\":\"M-1\",\"ts\":1773730320000,\"values\":{\"power\":41.5}}")]
    [InlineData(0, double.NaN, "{\"meter\":\"M-1\",\"ts\":1773730320000,\"values\":{\"power\":\"NaN\"}}")]
    public void A_reading_without_bytes_or_in_too_many_is_kept_as_an_item_of_its_own(
        int payload, double value, string expected)
    {
        var reading = new Reading(new SeriesKey(new MeterId(1), Quantity.Power), new TestClock().Instant, value);
        var item = Payload(new byte[payload]).Item(Refusal, reading, "M-1");
        Assert.Equal((expected, PayloadFormats.Json), (Text(item), item.Format));
    }

    [Fact]
    public void A_reading_that_came_in_a_shortenedpayload_keeps_that()
    {
        var item = Payload("as it came"u8.ToArray()).Item(Refusal, PipelineBench.Reading(0), "M-1");
        Assert.Equal(("as it came", PayloadFormats.NdJson), (Text(item), item.Format));
    }

    static QuarantinedPayload Payload(byte[] bytes) =>
        new(PipelineBench.Batch([], [Refusal]) with { Payload = bytes, Format = PayloadFormats.NdJson });

    static string Text(QuarantineItem item) => Encoding.UTF8.GetString(item.Payload.Span);
}
