using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Support;

namespace EnergyWatch.Api.Tests.Endpoints;

public sealed class QueryTests(TestService service) : IClassFixture<TestService>
{
    [Theory]
    [InlineData("usage?meter=A-MAIN&from=2026-10-01T00:00:00&to=2026-11-01T00:00:00")]
    [InlineData("usage?meter=A-MAIN&period=9999")]
    [InlineData("usage?meter=A-MAIN&period=0001")]
    [InlineData("usage?meter=A-MAIN&to=0001-01-01T00:00:00Z")]
    [InlineData("usage?meter=A-MAIN&grain=fortnight")]
    [InlineData("usage?meter=A-MAIN&grain=hour&from=2010-01-01&to=2026-01-01")]
    [InlineData("usage?meter=A-MAIN&institution=SCHOOL-A")]
    [InlineData("usage?institution=SCHOOL-A&carrier=plutonium")]
    [InlineData("readings?meter=A-MAIN&quantity=warmth")]
    [InlineData("readings?meter=A-MAIN&quantity=power&from=2026-02-01&to=2026-01-01")]
    [InlineData("indicators?institution=SCHOOL-A&period=sometimes")]
    [InlineData("indicators?institution=SCHOOL-A&period=2026&caliber=none")]
    [InlineData("dual-control?year=1")]
    public async Task A_question_that_cannot_be_understood_is_refused_as_a_problem(string path)
    {
        using var http = await service.ClientAsync("admin");
        using var answer = await http.GetAsync(new Uri($"/api/v1/{path}", UriKind.Relative));
        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.NotEmpty(problem.GetProperty("code").GetString()!);
        Assert.NotEmpty(problem.GetProperty("traceId").GetString()!);
    }

    [Fact]
    public async Task A_plain_day_is_a_day_of_the_reporting_zone_and_the_end_is_not_part_of_it()
    {
        using var http = await service.ClientAsync("admin");
        var usage = await http.GetFromJsonAsync<JsonElement>("/api/v1/usage?meter=A-MAIN&grain=day&from=2026-01-01&to=2026-02-01");
        Assert.Equal(31, usage.GetProperty("v").GetArrayLength());
        Assert.Equal(Some.At("2025-12-31T16:00:00Z").ToString(), usage.GetProperty("start").GetString());
    }

    [Fact]
    public async Task What_is_not_known_is_null_with_a_gap_and_never_zero()
    {
        using var http = await service.ClientAsync("admin");
        var usage = await http.GetFromJsonAsync<JsonElement>("/api/v1/usage?meter=A-MAIN&grain=day&from=2026-01-01&to=2026-01-04");
        Assert.All(usage.GetProperty("v").EnumerateArray(), value => Assert.Equal(JsonValueKind.Null, value.ValueKind));
        Assert.Equal("NO_DATA", usage.GetProperty("gaps")[0][2].GetString());
    }

    [Fact]
    public async Task Readings_are_raw_where_they_are_few_and_buckets_with_gaps_where_they_are_many()
    {
        var start = Some.At("2026-01-05T00:00:00Z");
        await service.WriteAsync("A-MAIN", Quantity.Power, [.. Enumerable.Range(0, 20).Select(n => (start + TimeSpan.FromMinutes(n), (double)n))]);
        using var http = await service.ClientAsync("admin");
        const string query = "/api/v1/readings?meter=A-MAIN&quantity=power&from=2026-01-05T00:00:00Z&to=2026-01-05T01:00:00Z";
        var raw = await http.GetFromJsonAsync<JsonElement>(query);
        Assert.Equal(("raw", 20), (raw.GetProperty("mode").GetString(), raw.GetProperty("readings").GetArrayLength()));
        var buckets = await http.GetFromJsonAsync<JsonElement>(query + "&maxPoints=6");
        Assert.Equal("buckets", buckets.GetProperty("mode").GetString());
        Assert.Equal(9, buckets.GetProperty("max")[0].GetDouble());
        Assert.Equal(JsonValueKind.Null, buckets.GetProperty("mean")[5].ValueKind);
        Assert.Equal("2026-01-05T00:20:00.000Z", buckets.GetProperty("gaps")[0][0].GetString());
    }

    [Theory]
    [InlineData("GET", "no-such-thing", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "meters", HttpStatusCode.MethodNotAllowed)]
    public async Task A_path_or_method_that_does_not_exist_is_answered_as_a_problem(string method, string path, HttpStatusCode status)
    {
        using var http = await service.ClientAsync("admin");
        using var answer = await http.SendAsync(new HttpRequestMessage(new HttpMethod(method), $"/api/v1/{path}"));
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task The_document_of_the_api_names_every_endpoint_of_the_first_screen()
    {
        using var http = await service.ClientAsync(null);
        var document = await http.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        foreach (var path in new[] { "/api/v1/overview", "/api/v1/readings", "/api/v1/usage", "/api/v1/indicators/{id}/provenance" })
            Assert.True(document.GetProperty("paths").TryGetProperty(path, out _), path);
    }
}
