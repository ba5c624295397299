using System.Net;
using System.Net.Http.Json;
using EnergyWatch.Domain.Access;

namespace EnergyWatch.Api.Tests.Access;

/// <summary>Two agencies trying each other's endpoints: 403, and nothing of the other in the body.</summary>
public sealed class ScopeIsolationTests(TestService service) : IClassFixture<TestService>
{
    public static TheoryData<string> OthersPaths =>
    [
        "/api/v1/institutions/SCHOOL-B",
        "/api/v1/meters/B-MAIN",
        "/api/v1/readings?meter=B-MAIN&quantity=energy_import",
        "/api/v1/usage?meter=B-MAIN",
        "/api/v1/usage?institution=SCHOOL-B",
        "/api/v1/usage?scope=SCHOOL-B",
        "/api/v1/usage?scope=county",
        "/api/v1/indicators?institution=SCHOOL-B&period=2026",
        "/api/v1/indicators?scope=county&period=2026",
        "/api/v1/indicators?scope=system:教育&period=2026",
        "/api/v1/gateways/GW-B",
        "/api/v1/gateways/sightings",
        "/api/v1/dual-control?year=2026&scope=county",
        "/api/v1/overview?scope=SCHOOL-B",
        "/api/v1/overview?scope=county",
        "/api/v1/users",
        "/api/v1/keys",
        "/api/v1/audit",
        "/api/v1/jobs",
        "/api/v1/quarantine",
    ];

    public static TheoryData<string> OwnPaths =>
    [
        "/api/v1/institutions", "/api/v1/meters", "/api/v1/gateways", "/api/v1/pv/sites", "/api/v1/pv/summary", "/api/v1/overview",
        "/api/v1/indicators?period=2026", "/api/v1/usage?grain=month", "/api/v1/dual-control?year=2026", "/api/v1/quotas", "/api/v1/quota-notices",
    ];

    [Theory]
    [MemberData(nameof(OthersPaths))]
    public async Task What_belongs_to_another_agency_is_refused_without_data(string path)
    {
        using var http = await service.ClientAsync("clerk-a");
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain("B 学校", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(OwnPaths))]
    public async Task A_list_shows_an_agency_its_own_and_nothing_of_the_other(string path)
    {
        using var http = await service.ClientAsync("clerk-a");
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, body);
        foreach (var name in new[] { "SCHOOL-B", "B-MAIN", "B-PV", "GW-B", "PV-B", "B 学校" })
            Assert.DoesNotContain(name, body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(OwnPaths))]
    [MemberData(nameof(OthersPaths))]
    public async Task Without_a_login_everything_is_refused_with_401(string path)
    {
        using var http = await service.ClientAsync(null);
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task What_exists_nowhere_is_404_also_for_a_scoped_user()
    {
        using var http = await service.ClientAsync("clerk-a");
        using var answer = await http.GetAsync(new Uri("/api/v1/meters/NO-SUCH", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("clerk-a")]
    [InlineData("auditor")]
    public async Task Who_may_only_read_can_write_nothing(string user)
    {
        using var http = await service.ClientAsync(user);
        foreach (var path in new[] { "/api/v1/institutions/SCHOOL-A", "/api/v1/meters/A-MAIN", "/api/v1/gateways/GW-A", "/api/v1/pv/sites/PV-A", "/api/v1/users/clerk-a" })
        {
            using var answer = await http.PutAsJsonAsync(path, new { validFrom = "2026-01-01" });
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"PUT {path} answered {answer.StatusCode}");
        }
        using var push = await http.PostAsJsonAsync("/api/v1/readings", new { meter = "A-MAIN", values = new { energy_import = 1 } });
        Assert.Equal(HttpStatusCode.Forbidden, push.StatusCode);
    }

    [Theory]
    [InlineData("officer")]
    [InlineData("administrator")]
    public async Task Who_sees_a_part_of_the_county_changes_nothing_of_the_rest_whatever_the_role(string role)
    {
        Assert.True(AccessRoles.TryParse(role, out var known));
        await service.AddUserAsync($"part-{role}", known, "SCHOOL-A");
        using var http = await service.ClientAsync($"part-{role}");
        using var put = await http.PutAsJsonAsync("/api/v1/institutions/SCHOOL-B/areas", new { validFrom = "2026-01-01", floorAreaM2 = 1 });
        Assert.Equal(HttpStatusCode.Forbidden, put.StatusCode);
        foreach (var path in new[] { "/api/v1/quarantine", "/api/v1/audit", "/api/v1/jobs", "/api/v1/users", "/api/v1/keys" })
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{path} answered {answer.StatusCode}");
        }
        using var run = await http.PostAsync(new Uri("/api/v1/jobs/usage/run", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.Forbidden, run.StatusCode);
    }

    [Fact]
    public async Task A_key_with_the_scope_of_one_agency_cannot_push_to_a_meter_of_the_other()
    {
        using var admin = await service.ClientAsync("admin");
        using var made = await admin.PostAsJsonAsync("/api/v1/keys", new { name = "a-loader", role = "ingest", scope = "SCHOOL-A" });
        var key = (await made.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>()).GetProperty("key").GetString();
        using var http = await service.ClientAsync(null);
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        using var answer = await http.PostAsJsonAsync("/api/v1/readings", new { meter = "B-MAIN", values = new { energy_import = 1 } });
        var receipt = await answer.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>();
        Assert.Equal(0, receipt.GetProperty("stored").GetInt32());
        Assert.Equal(1, receipt.GetProperty("quarantined").GetArrayLength());
    }
}
