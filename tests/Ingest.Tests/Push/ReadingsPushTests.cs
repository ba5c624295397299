using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Ingest.Push;
using EnergyWatch.Ingest.Tests.Mqtt;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Push;

public sealed class ReadingsPushTests
{
    const string Item =
        "{\"meter\":\"M-1\",\"ts\":1773730000000,\"values\":{\"energy_import\":12345.67,\"power\":41.2}}";
    const string Other = "{\"meter\":\"M-2\",\"ts\":\"2026-03-17T06:45:00+08:00\",\"values\":{\"power\":1}}";

    [Theory]
    [InlineData("application/json", Item, 2)]
    [InlineData("application/json; charset=utf-8", "[" + Item + "," + Other + "]", 3)]
    [InlineData("application/json", "{\"readings\":[" + Item + "," + Other + "]}", 3)]
    [InlineData("application/x-ndjson", Item + "\n" + Other + "\n", 3)]
    [InlineData("application/json", "[]", 0)]
    public async Task A_body_is_stored_and_answered(string type, string body, int readings)
    {
        await using var push = await PushUnderTest.StartAsync();
        foreach (var packed in new[] { false, true })
        {
            var bytes = Encoding.UTF8.GetBytes(body);
            using var response = await push.PostAsync(
                packed ? PushUnderTest.Gzip(bytes) : bytes, type, packed ? "gzip" : null);
            Assert.Equal(
                $"{{\"received\":{readings},\"stored\":{readings},\"quarantined\":[]}}",
                await response.Content.ReadAsStringAsync());
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(readings, push.Bench.Series.Store.Count);
        }
        push.Bench.Log.AssertNoErrors();
    }

    [Fact]
    public async Task What_is_wrong_is_quarantined_and_named_and_its_neighbours_are_stored()
    {
        await using var push = await PushUnderTest.StartAsync();
        const string body = "[" + Item
            + ",{\"meter\":\"M-9\",\"values\":{\"power\":1}},"
            + "{\"meter\":\"M-1\",\"ts\":900000000000,\"values\":{\"power\":2}},"
            + Other + "]";
        var answer = await PushUnderTest.AnswerAsync(await push.PostAsync(body));

        Assert.Equal((5, 3, 3), (answer.Received, answer.Stored, push.Bench.Series.Store.Count));
        Assert.Equal([(1, RefusalCodes.UnknownMeter), (2, RefusalCodes.TimeTooOld)],
            answer.Quarantined.Select(refusal => (refusal.Index, refusal.Code)));
        Assert.Equal(2, push.Bench.Quarantine.Items.Count);
        Assert.All(push.Bench.Quarantine.Items, item => Assert.Equal(
            ("http:key-1", PayloadFormats.Json, body),
            (item.Source, item.Format, Encoding.UTF8.GetString(item.Payload.Span))));
    }

    [Fact]
    public async Task A_line_with_NaN_is_quarantined_as_it_was_before_it_was_packed()
    {
        await using var push = await PushUnderTest.StartAsync();
        const string body = Item + "\n{\"meter\":\"M-1\",\"values\":{\"power\":NaN}}\n" + Other;
        var answer = await PushUnderTest.AnswerAsync(
            await push.PostAsync(PushUnderTest.Gzip(Encoding.UTF8.GetBytes(body)), "application/x-ndjson", "gzip"));
        Assert.Equal((4, 3), (answer.Received, answer.Stored));
        Assert.Equal((1, RefusalCodes.Malformed), (answer.Quarantined[0].Index, answer.Quarantined[0].Code));
        Assert.Contains("line 2", answer.Quarantined[0].Detail, StringComparison.Ordinal);
        var item = Assert.Single(push.Bench.Quarantine.Items);
        Assert.Equal((PayloadFormats.NdJson, body),
            (PayloadFormats.Of(item.Format), Encoding.UTF8.GetString(item.Payload.Span)));
    }

    [Fact]
    public async Task Of_very_many_bad_lines_each_is_counted_and_the_good_ones_are_stored()
    {
        await using var push = await PushUnderTest.StartAsync();
        var body = Item + "\n" + string.Concat(Enumerable.Repeat("{}\n", 12_000)) + Other;
        var answer = await PushUnderTest.AnswerAsync(await push.PostAsync(body, "application/x-ndjson"));
        Assert.Equal((12_003, 3), (answer.Received, answer.Stored));
        Assert.StartsWith("2000 refusals from here on", answer.Quarantined[^1].Detail, StringComparison.Ordinal);
        Assert.Equal(10_001, push.Bench.Quarantine.Items.Count);
        Assert.Equal(new PipelineCounters(12_003, 3, 12_000, 0, 0), push.Bench.Pipeline.Counters);
    }

    [Theory]
    [InlineData("[" + Item + ",{\"meter\":\"M-2\"", "LineNumber: 0 | BytePositionInLine: ")]
    [InlineData("{\"meter\":\"M-1\",\"values\":{\"power\":NaN}}", "BytePositionInLine: 33")]
    [InlineData("", "nothing")]
    [InlineData("power=41", "Not JSON")]
    public async Task A_body_that_is_not_JSON_is_answered_and_nothing_of_it_is_kept(string body, string place)
    {
        await using var push = await PushUnderTest.StartAsync();
        var detail = await PushUnderTest.ProblemAsync(
            await push.PostAsync(body), HttpStatusCode.BadRequest, "MALFORMED");
        Assert.Contains(place, detail, StringComparison.Ordinal);
        Assert.Equal((0, 0), (push.Bench.Series.Store.Count, push.Bench.Quarantine.Items.Count));
        Assert.Equal(new PipelineCounters(0, 0, 0, 0, 0), push.Bench.Pipeline.Counters);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/csv")]
    [InlineData(null)]
    public async Task Another_media_type_is_refused(string? type)
    {
        await using var push = await PushUnderTest.StartAsync();
        var detail = await PushUnderTest.ProblemAsync(
            await push.PostAsync(Encoding.UTF8.GetBytes(Item), type), HttpStatusCode.UnsupportedMediaType,
            "UNSUPPORTED_MEDIA_TYPE");
        Assert.Contains("application/x-ndjson", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_encoding_is_refused()
    {
        await using var push = await PushUnderTest.StartAsync();
        var response = await push.PostAsync(Encoding.UTF8.GetBytes(Item), "application/json", "br");
        Assert.Contains("gzip", await PushUnderTest.ProblemAsync(
            response, HttpStatusCode.UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(20)]
    [InlineData(1000)]
    public async Task Packed_lines_that_break_off_are_malformed_and_none_is_stored(int cut)
    {
        await using var push = await PushUnderTest.StartAsync();
        // Where it is cut the last whole number is another number: 12345.67 becomes 123.
        var lines = Enumerable.Range(0, 3000)
            .Select(i => Item.Replace("0000", $"{i:0000}", StringComparison.Ordinal) + "\n");
        var packed = PushUnderTest.Gzip(Encoding.UTF8.GetBytes(string.Concat(lines)));
        var detail = await PushUnderTest.ProblemAsync(
            await push.PostAsync(packed[..^cut], "application/x-ndjson", "gzip"), HttpStatusCode.BadRequest,
            "MALFORMED");
        Assert.Contains("breaks off", detail, StringComparison.Ordinal);
        Assert.Equal(0, push.Bench.Series.Store.Count);
    }

    [Theory, InlineData(1), InlineData(7), InlineData(40_000)]
    public async Task Gzip_members_that_follow_one_another_are_one_body(int piece)
    {
        await using var push = await PushUnderTest.StartAsync();
        var lines = Enumerable.Range(0, 1000)
            .Select(i => $"{{\"meter\":\"M-1\",\"ts\":{1773700000000 + i * 1000},\"values\":{{\"power\":{i}.5}}}}\n")
            .ToList();
        byte[] packed = [
            .. PushUnderTest.Gzip(Encoding.UTF8.GetBytes(string.Concat(lines[..600]))), .. PushUnderTest.Gzip([]),
            .. PushUnderTest.Gzip(Encoding.UTF8.GetBytes(string.Concat(lines[600..])))];
        var unpacked = new MemoryStream();
        await using (var body = new GzipBody(new DrippingStream(packed, new Random(1), piece))) await body.CopyToAsync(unpacked);
        Assert.Equal(string.Concat(lines), Encoding.UTF8.GetString(unpacked.ToArray()));

        var answer = await PushUnderTest.AnswerAsync(await push.PostAsync(packed, "application/x-ndjson", "gzip"));
        Assert.Equal((1000, 1000), (answer.Received, answer.Stored));
        Assert.Equal(1000, push.Bench.Series.Store.Count);
    }

    [Fact]
    public async Task A_second_gzip_member_that_breaks_off_anywhere_is_malformed()
    {
        var first = PushUnderTest.Gzip(Encoding.UTF8.GetBytes(Item + "\n"));
        var second = PushUnderTest.Gzip(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Other + "\n", 50))));
        for (var kept = 1; kept < second.Length; kept++)
        {
            await using var body = new GzipBody(new MemoryStream([.. first, .. second[..kept]]));
            await Assert.ThrowsAsync<InvalidDataException>(() => body.CopyToAsync(Stream.Null));
        }
        await using var push = await PushUnderTest.StartAsync();
        byte[] packed = [.. first, .. second[..^9]];
        await PushUnderTest.ProblemAsync(
            await push.PostAsync(packed, "application/x-ndjson", "gzip"), HttpStatusCode.BadRequest, "MALFORMED");
        Assert.Equal(0, push.Bench.Series.Store.Count);
    }

    [Fact]
    public async Task What_says_it_is_gzip_and_is_not_is_malformed()
    {
        await using var push = await PushUnderTest.StartAsync();
        var packed = PushUnderTest.Gzip("[]"u8);
        foreach (var body in new[] { Encoding.UTF8.GetBytes(Item), [], packed[..8], [.. packed, 1, 2, 3] })
            await PushUnderTest.ProblemAsync(
                await push.PostAsync(body, "application/json", "gzip"), HttpStatusCode.BadRequest, "MALFORMED");
    }

    [Fact]
    public async Task A_small_body_that_unpacks_to_a_large_one_is_too_large()
    {
        await using var push = await PushUnderTest.StartAsync();
        var bomb = PushUnderTest.Gzip(new byte[200 << 20]);
        Assert.True(bomb.Length < 1 << 20);
        var detail = await PushUnderTest.ProblemAsync(
            await push.PostAsync(bomb, "application/json", "gzip"), HttpStatusCode.RequestEntityTooLarge, "TOO_LARGE");
        Assert.Contains("unpacked", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_says_it_is_too_large_is_refused_before_it_is_read()
    {
        await using var push = await PushUnderTest.StartAsync();
        // Not one byte of the 50 MB is sent.
        var answer = await RawAsync(push.Base, "Content-Length: 52428800", async _ => await Task.Yield());
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"TOO_LARGE\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_refused_at_the_first_byte_too_many()
    {
        await using var push = await PushUnderTest.StartAsync();
        // The chunks never end: an answer can come only because the reading stopped.
        var answer = await RawAsync(push.Base, "Transfer-Encoding: chunked", async stream =>
        {
            var chunk = Encoding.ASCII.GetBytes("100000\r\n" + new string(' ', 1 << 20) + "\r\n");
            for (var i = 0; i < 33; i++) await stream.WriteAsync(chunk, Eventually.Soon());
        });
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("application/problem+json", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_limit_is_ours_and_not_that_of_the_server()
    {
        await using var push = await PushUnderTest.StartAsync();
        var answer = await PushUnderTest.AnswerAsync(
            await push.PostAsync(Item + new string(' ', (32 << 20) - Item.Length)));
        Assert.Equal(2, answer.Stored);
    }

    [Fact]
    public async Task While_storage_is_down_the_sender_is_told_when_to_come_again()
    {
        await using var push = await PushUnderTest.StartAsync(
            pipeline: new PipelineOptions { RetryLimit = TimeSpan.Zero });
        push.Bench.Series.Fault = _ => new SeriesStoreException("the disk is full");
        using var refused = await push.PostAsync(Item);
        Assert.Contains("the disk is full", await PushUnderTest.ProblemAsync(
            refused, HttpStatusCode.ServiceUnavailable, "NOT_STORED"), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(10), refused.Headers.RetryAfter?.Delta);
        Assert.Equal(0, push.Bench.Series.Store.Count);

        push.Bench.Series.Fault = null;
        var again = push.PostAsync(Item);
        await push.Bench.AdvanceUntilAsync(() => again.IsCompleted, TimeSpan.FromMilliseconds(50));
        Assert.Equal(2, (await PushUnderTest.AnswerAsync(await again)).Stored);
    }

    [Fact]
    public async Task A_gateway_delivers_for_its_own_meters_only_and_is_seen()
    {
        await using var push = await PushUnderTest.StartAsync();
        push.Bench.Registry.Set(Some.Registry(
            meters: [Some.Meter(1, "M-1", gateway: "GW-01"), Some.Meter(2, "M-2", gateway: "GW-02")],
            gateways: [Some.Gateway("GW-01", GatewayKind.Http), Some.Gateway("GW-02", GatewayKind.Http)], version: 2));
        push.Gateway = "GW-01";
        var answer = await PushUnderTest.AnswerAsync(await push.PostAsync("[" + Item + "," + Other + "]"));
        Assert.Equal(RefusalCodes.NotThisGateway, Assert.Single(answer.Quarantined).Code);
        await push.Services.GetRequiredService<FieldStateRecorder>().SaveAsync(CancellationToken.None);
        var saved = Assert.Single(push.States.Saved);
        Assert.Equal(
            new FieldState("GW-01", null, push.Bench.Clock.Instant, null, null), saved with { Life = null });
        Assert.Equal(("http", 1), (saved.Life!.Connection!.Way, saved.Life.Traffic.Messages));
    }

    [Fact]
    public async Task Few_large_bodies_are_held_at_a_time_and_small_ones_pass_them()
    {
        await using var push = await PushUnderTest.StartAsync(
            new PushOptions { MaxLargeBodies = 1, LargeBodyBytes = 64 * 1024 });
        push.Bench.Series.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var large = Item + new string(' ', 1 << 20);
        var first = push.PostAsync(large);
        await Eventually.HoldsAsync(() => push.Bench.Pipeline.Counters.Pending == 2, "the first is taken");
        var second = push.PostAsync(large);
        var small = push.PostAsync(Other);
        await Eventually.HoldsAsync(() => push.Bench.Pipeline.Counters.Pending == 3, "the small one is taken");
        Assert.False(first.IsCompleted || second.IsCompleted);

        push.Bench.Series.Gate.SetResult();
        foreach (var request in new[] { first, second, small }) await PushUnderTest.AnswerAsync(await request);
        Assert.Equal(new PipelineCounters(5, 5, 0, 0, 0), push.Bench.Pipeline.Counters);
    }

    /// <summary>A request as bytes on a socket, and the whole of its answer up to the end of its JSON.</summary>
    static async Task<string> RawAsync(Uri server, string framing, Func<NetworkStream, Task> send)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, Eventually.Soon());
        await using var stream = client.GetStream();
        var head = $"POST /api/v1/readings HTTP/1.1\r\nHost: {server.Authority}\r\n"
            + $"Content-Type: application/json\r\n{framing}\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), Eventually.Soon());
        await send(stream);
        var (answer, buffer) = (new StringBuilder(), new byte[4096]);
        while (!answer.ToString().Contains("\"code\":", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, Eventually.Soon());
            Assert.True(read > 0, $"The answer broke off: {answer}");
            answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        return answer.ToString();
    }
}
