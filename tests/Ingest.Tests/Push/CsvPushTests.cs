using System.Net;
using System.Net.Http.Json;
using System.Text;
using EnergyWatch.Domain.Series;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Ingest.Push;
using EnergyWatch.Ingest.Tests.Mqtt;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Push;

public sealed class CsvPushTests
{
    const string Path = "/api/v1/readings/import";
    const string Wide = "time,M-1,M-9\n2026-03-17 06:45,1,9\n1999-03-17 06:45,2,9\n";

    [Theory]
    [InlineData("text/csv")]
    [InlineData("text/csv; charset=UTF-8")]
    public async Task A_file_as_the_body_is_imported(string type)
    {
        await using var push = await PushUnderTest.StartAsync();
        using var response = await push.PostAsync(Wide, type, Path + "?quantity=energy_import&zone=Asia/Shanghai");
        var result = await ResultAsync(response);
        Assert.Equal((2, 2, 1, 1), (result.Rows, result.Readings, result.Stored, result.Quarantined));
        Assert.Equal(2, result.FaultCount);
        Assert.Equal(new CsvFault(1, "M-9", "There is no meter 'M-9'; its column is not read."), result.Faults[0]);
        Assert.Equal((3, "M-1"), (result.Faults[1].Line, result.Faults[1].Column));
        Assert.Equal("csv:http:key-1", Assert.Single(push.Bench.Quarantine.Items).Source);
        push.Bench.Log.AssertNoErrors();
    }

    [Fact]
    public async Task A_file_in_a_form_is_imported_under_its_name()
    {
        await using var push = await PushUnderTest.StartAsync();
        using var form = new MultipartFormDataContent
        {
            { new StringContent("a note"), "note" },
            { new StringContent(Wide, Encoding.UTF8, "application/octet-stream"), "file", "C:\\三月\\march.csv" },
        };
        using var response = await push.Http.PostAsync(
            new Uri(push.Base, Path + "?quantity=energy_import&zone=Asia/Shanghai"), form, Eventually.Soon());
        Assert.Equal(1, (await ResultAsync(response)).Stored);
        Assert.Equal("csv:march.csv", Assert.Single(push.Bench.Quarantine.Items).Source);
    }

    [Fact]
    public async Task A_packed_file_is_imported()
    {
        await using var push = await PushUnderTest.StartAsync();
        var packed = PushUnderTest.Gzip("meter,quantity,time,value\nM-1,power,2026-03-17T06:45:00Z,1\n"u8);
        Assert.Equal(1, (await ResultAsync(await push.PostAsync(packed, "text/csv", "gzip", Path))).Stored);
    }

    [Fact]
    public async Task A_packed_file_that_breaks_off_does_not_store_its_cut_line()
    {
        await using var push = await PushUnderTest.StartAsync();
        var from = Some.At("2026-03-01T00:00:00Z");
        var lines = Enumerable.Range(0, 2_000)
            .Select(i => $"M-1,energy_import,{from + TimeSpan.FromMinutes(i)},{i * 7919 % 100_003}\n");
        var csv = "meter,quantity,time,value\n" + string.Concat(lines);
        var packed = PushUnderTest.Gzip(Encoding.UTF8.GetBytes(csv));
        await PushUnderTest.ProblemAsync(await push.PostAsync(packed[..^500], "text/csv", "gzip", Path),
            HttpStatusCode.BadRequest, "MALFORMED");
        Assert.Equal(0, push.Bench.Series.Store.Count);
        Assert.Equal(2_000, (await ResultAsync(await push.PostAsync(packed, "text/csv", "gzip", Path))).Stored);
    }

    [Theory]
    [InlineData("?quantity=watt", "text/csv", 400, "UNKNOWN_QUANTITY", "energy_import")]
    [InlineData("?zone=Asia/Atlantis", "text/csv", 400, "UNKNOWN_ZONE", "IANA")]
    [InlineData("", "text/csv", 400, "MALFORMED", "line 1 quantity")]
    [InlineData("", "application/json", 415, "UNSUPPORTED_MEDIA_TYPE", "text/csv")]
    [InlineData("", "text/csv; charset=gbk", 415, "UNSUPPORTED_MEDIA_TYPE", "UTF-8")]
    [InlineData("", "multipart/form-data", 415, "UNSUPPORTED_MEDIA_TYPE", "text/csv")]
    [InlineData("", "multipart/form-data; boundary=x", 400, "MALFORMED", "breaks off")]
    public async Task What_cannot_be_an_import_is_answered_with_its_reason(
        string query, string type, int status, string code, string words)
    {
        await using var push = await PushUnderTest.StartAsync();
        var detail = await PushUnderTest.ProblemAsync(
            await push.PostAsync(Wide, type, Path + query), (HttpStatusCode)status, code);
        Assert.Contains(words, detail, StringComparison.Ordinal);
        Assert.Equal(0, push.Bench.Series.Store.Count);
    }

    [Fact]
    public async Task A_form_without_a_file_is_refused()
    {
        await using var push = await PushUnderTest.StartAsync();
        using var form = new MultipartFormDataContent { { new StringContent(Wide), "note" } };
        using var response = await push.Http.PostAsync(new Uri(push.Base, Path), form, Eventually.Soon());
        var detail = await PushUnderTest.ProblemAsync(
            response, HttpStatusCode.UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE");
        Assert.Contains("no file", detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_beyond_the_limit_is_too_large()
    {
        await using var push = await PushUnderTest.StartAsync(new PushOptions { MaxImportBytes = 50 });
        await PushUnderTest.ProblemAsync(await push.PostAsync(Wide, "text/csv", Path + "?quantity=power"),
            HttpStatusCode.RequestEntityTooLarge, "TOO_LARGE");
        var packed = PushUnderTest.Gzip(new byte[1000]);
        Assert.True(packed.Length < 50);
        await PushUnderTest.ProblemAsync(await push.PostAsync(packed, "text/csv", "gzip", Path),
            HttpStatusCode.RequestEntityTooLarge, "TOO_LARGE");
    }

    [Fact]
    public async Task A_gateway_imports_no_files()
    {
        await using var push = await PushUnderTest.StartAsync();
        push.Gateway = "GW-01";
        await PushUnderTest.ProblemAsync(await push.PostAsync(Wide, "text/csv", Path + "?quantity=power"),
            HttpStatusCode.Forbidden, "FORBIDDEN");
    }

    [Fact]
    public async Task While_storage_is_down_the_import_is_broken_off_and_may_be_repeated()
    {
        await using var push = await PushUnderTest.StartAsync(
            pipeline: new PipelineOptions { RetryLimit = TimeSpan.Zero });
        push.Bench.Series.Fault = _ => new SeriesStoreException("the disk is full");
        using var response = await push.PostAsync(Wide, "text/csv", Path + "?quantity=power&zone=Asia/Shanghai");
        var detail = await PushUnderTest.ProblemAsync(response, HttpStatusCode.ServiceUnavailable, "NOT_STORED");
        Assert.Contains("0 readings of the file are stored", detail, StringComparison.Ordinal);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    static async Task<CsvImportResult> ResultAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<CsvImportResult>(Eventually.Soon()))!;
    }
}
