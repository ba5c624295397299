using System.Globalization;
using System.Text;
using System.Text.Json;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Tests.Pipeline;

public sealed class PayloadReaderTests
{
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var file in new[] { "good.json", "refused.json" })
            foreach (var item in PayloadCases.Of(file)) cases.Add(file, item.GetProperty("name").GetString()!);
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void A_payload_decodes_to_what_its_vector_says(string file, string name)
    {
        var item = PayloadCases.Of(file).Single(item => item.GetProperty("name").GetString() == name);
        var format = PayloadCases.Text(item, "format") ?? PayloadFormats.Json;
        var decoded = PayloadReader.Read(
            PayloadCases.Payload(item), format, PayloadCases.Context(PayloadCases.Text(item, "gateway")));

        Assert.Equal(!item.TryGetProperty("unreadable", out _), decoded.IsReadable);
        Assert.Equal(
            Expected(item, "readings"),
            decoded.Batch.Readings.Select((reading, i) => Line(reading, decoded.Batch.Indexes[i])));
        var refusals = item.TryGetProperty("refusals", out var listed) ? listed.EnumerateArray().ToList() : [];
        Assert.Equal(
            refusals.Select(refusal => (refusal[0].GetInt32(), refusal[1].GetString())),
            decoded.Batch.Refusals.Select(refusal => (refusal.Index, (string?)refusal.Code)));
        foreach (var (expected, refusal) in refusals.Zip(decoded.Batch.Refusals))
            Assert.Contains(expected[2].GetString()!, refusal.Detail);
    }

    [Theory]
    [InlineData(PayloadFormats.NdJson, "", "\n", "")]
    [InlineData(PayloadFormats.Json, "[", ",", "]")]
    public void Refusals_beyond_the_limit_are_counted_and_what_is_good_behind_them_is_read(
        string format, string open, string between, string close)
    {
        const string good = "{\"meter\":\"M-1\",\"values\":{\"power\":1}}";
        string[] items = [good, .. Enumerable.Repeat("{}", 20_000), good];
        var payload = Encoding.UTF8.GetBytes(open + string.Join(between, items) + close);
        var batch = PayloadReader.Read(payload, format, PayloadCases.Context()).Batch;

        Assert.Equal([0, 20_001], batch.Indexes);
        Assert.Equal(FoundReadings.MostRefusals + 1, batch.Refusals.Count);
        Assert.Equal(10_001, batch.Refusals[^1].Index);
        Assert.StartsWith("10000 refusals from here on, beyond the 10000 listed. First: ", batch.Refusals[^1].Detail);
        Assert.Equal(20_002, batch.Received);
    }

    [Fact]
    public void A_line_that_is_taken_back_takes_its_uncounted_refusals_back_too()
    {
        var unknown = string.Join(',', Enumerable.Range(0, 20).Select(i => $"\"no-such-{i}\":1"));
        string[] lines = ["{}", .. Enumerable.Repeat("{}", 10_000), $"{{\"meter\":\"M-1\",\"values\":{{{unknown}}}"];
        var payload = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        var batch = PayloadReader.Read(payload, PayloadFormats.NdJson, PayloadCases.Context()).Batch;

        Assert.StartsWith("2 refusals from here on", batch.Refusals[^1].Detail);
        Assert.Equal(10_002, batch.Received);
    }

    [Fact]
    public void A_document_with_a_thousand_items_refuses_only_the_bad_one()
    {
        var items = Enumerable.Range(0, 1000)
            .Select(i => i == 500 ? "?" : "M-1")
            .Select(meter => $"{{\"meter\":\"{meter}\",\"values\":{{\"power\":1}}}}");
        var decoded = PayloadReader.Read(
            Encoding.UTF8.GetBytes($"[{string.Join(',', items)}]"), PayloadFormats.Json, PayloadCases.Context());

        Assert.Equal(999, decoded.Batch.Readings.Count);
        Assert.Equal(500, Assert.Single(decoded.Batch.Refusals).Index);
    }

    static IEnumerable<string> Expected(JsonElement item, string name) => !item.TryGetProperty(name, out var rows) ? []
        : rows.EnumerateArray().Select(row => string.Join(
            ' ', row[0].GetInt32(), row[1].GetString(), row[2].GetString(), row[3].GetString(),
            row[4].GetDouble().ToString(CultureInfo.InvariantCulture), row[5].GetString()));

    static string Line(Reading reading, int index) => string.Join(
        ' ', index, PayloadCases.Registry.Meter(reading.Series.Meter)!.Code, reading.Series.Quantity.Key(), reading.At,
        reading.Value.ToString(CultureInfo.InvariantCulture), reading.Doubt);
}
