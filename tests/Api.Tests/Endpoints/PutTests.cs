using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace EnergyWatch.Api.Tests.Endpoints;

/// <summary>Facts set over the API: what is left out is refused, never made up.</summary>
public sealed class PutTests(TestService service) : IClassFixture<TestService>
{
    [Theory]
    [InlineData("institutions/SCHOOL-A/areas", """{"validFrom":"2026-01-01","floorArea":8000}""")]
    [InlineData("institutions/SCHOOL-A/areas", """{"validFrom":"2026-01-01"}""")]
    [InlineData("institutions/SCHOOL-A/areas", """{"floorAreaM2":8000}""")]
    [InlineData("institutions/SCHOOL-A/areas", """{"validFrom":"1026-01-01","floorAreaM2":8000}""")]
    [InlineData("institutions/SCHOOL-A/headcounts", """{"validFrom":"2026-01-01","category":"staff"}""")]
    [InlineData("meters/A-MAIN", """{"validFrom":"2026-01-01","institution":"SCHOOL-A","name":"Main","carrier":"electricity","role":"main","intervalS":900}""")]
    [InlineData("meters/A-MAIN", """{"institution":"SCHOOL-A","name":"Main","carrier":"electricity","role":"main","multiplier":1,"intervalS":900}""")]
    public async Task A_fact_with_a_missing_or_unknown_field_is_refused(string path, string body)
    {
        using var http = await service.ClientAsync("admin");
        using var answer = await http.PutAsync(
            new Uri($"/api/v1/{path}", UriKind.Relative), new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_whole_fact_is_added_beside_the_older_one_and_written_to_the_audit()
    {
        using var http = await service.ClientAsync("admin");
        using var put = await http.PutAsJsonAsync("/api/v1/institutions/SCHOOL-A/areas", new { validFrom = "2026-02-01", floorAreaM2 = 1500, source = "deed" });
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
        var shown = await http.GetFromJsonAsync<JsonElement>("/api/v1/institutions/SCHOOL-A");
        Assert.Equal([1000, 1500], shown.GetProperty("areas").EnumerateArray().Select(area => area.GetProperty("value").GetProperty("floorM2").GetDouble()));
        var before = await http.GetFromJsonAsync<JsonElement>("/api/v1/institutions/SCHOOL-A?asOf=2026-01-15");
        Assert.Equal(1000, before.GetProperty("current").GetProperty("floorAreaM2").GetDouble());
        var audit = await http.GetFromJsonAsync<JsonElement>("/api/v1/audit");
        Assert.Contains(audit.GetProperty("items").EnumerateArray(), entry => entry.GetProperty("actor").GetString() == "admin");
    }

    [Theory, InlineData("klingon", HttpStatusCode.UnprocessableEntity), InlineData("sparkplug", HttpStatusCode.OK), InlineData("tasmota", HttpStatusCode.OK)]
    public async Task A_gateway_of_a_dialect_that_nobody_speaks_here_is_refused_with_those_that_are(string dialect, HttpStatusCode status)
    {
        using var http = await service.ClientAsync("admin");
        using var answer = await http.PutAsJsonAsync(
            $"/api/v1/gateways/GW-{dialect}", new { name = dialect, kind = "mqtt", secret = "a-long-secret", validFrom = "2026-01-01", dialect });
        var said = await answer.Content.ReadAsStringAsync();
        Assert.True(status == answer.StatusCode, said);
        if (status == HttpStatusCode.OK) return;
        Assert.Contains("REGISTRY_REFUSED", said, StringComparison.Ordinal);
        Assert.Contains("sparkplug, tasmota", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fact_that_refers_to_nothing_is_refused_with_the_place()
    {
        using var http = await service.ClientAsync("admin");
        using var answer = await http.PutAsJsonAsync("/api/v1/institutions/NO-SUCH/areas", new { validFrom = "2026-02-01", floorAreaM2 = 1500 });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal("REGISTRY_REFUSED", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
    }
}
