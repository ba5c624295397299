using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EnergyWatch.Api.Access;
using EnergyWatch.Domain.Access;

namespace EnergyWatch.Api.Tests.Access;

public sealed class LoginTests(TestService service) : IClassFixture<TestService>
{
    [Fact]
    public async Task A_wrong_password_is_refused_in_words_and_written_to_the_audit()
    {
        using var http = await service.ClientAsync(null);
        using var answer = await http.PostAsJsonAsync("/api/v1/auth/login", new { username = "auditor", password = "wrong" });
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("WRONG_PASSWORD", (await ProblemAsync(answer)).GetProperty("code").GetString());
        Assert.Contains(await service.Get<IAuditLog>().ListAsync(100, null, default), entry => entry is { Action: "login.refused", Actor: "auditor" });
    }

    [Fact]
    public async Task Guessing_locks_the_name_and_says_for_how_long()
    {
        await service.AddUserAsync("victim", AccessRole.Officer, "county");
        using var http = await service.ClientAsync(null);
        for (var i = 0; i < LoginGuard.Tries; i++)
            (await http.PostAsJsonAsync("/api/v1/auth/login", new { username = "victim", password = $"guess {i}" })).Dispose();
        using var answer = await http.PostAsJsonAsync("/api/v1/auth/login", new { username = "victim", password = "correct horse" });
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_session_ends_with_logout()
    {
        using var http = await service.ClientAsync("auditor");
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/api/v1/auth/me", UriKind.Relative))).StatusCode);
        (await http.PostAsync(new Uri("/api/v1/auth/logout", UriKind.Relative), null)).Dispose();
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri("/api/v1/auth/me", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task The_cookie_of_a_login_works_for_a_browser_and_cannot_be_read_by_scripts()
    {
        using var http = await service.ClientAsync(null);
        using var answer = await http.PostAsJsonAsync("/api/v1/auth/login", new { username = "auditor", password = "correct horse" });
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        // The handler keeps cookies, as a browser does.
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/api/v1/overview", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task A_disabled_account_is_out_at_once()
    {
        await service.AddUserAsync("leaver", AccessRole.Officer, "county");
        using var leaver = await service.ClientAsync("leaver");
        using var admin = await service.ClientAsync("admin");
        (await admin.PutAsJsonAsync("/api/v1/users/leaver", new { disabled = true })).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.Unauthorized, (await leaver.GetAsync(new Uri("/api/v1/meters", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task A_revoked_key_is_refused_at_once()
    {
        using var admin = await service.ClientAsync("admin");
        using var made = await admin.PostAsJsonAsync("/api/v1/keys", new { name = "script", role = "auditor" });
        var key = await made.Content.ReadFromJsonAsync<JsonElement>();
        using var http = await service.ClientAsync(null);
        http.DefaultRequestHeaders.Authorization = new("Bearer", key.GetProperty("key").GetString());
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/api/v1/meters", UriKind.Relative))).StatusCode);
        (await admin.DeleteAsync(new Uri($"/api/v1/keys/{key.GetProperty("id").GetString()}", UriKind.Relative))).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri("/api/v1/meters", UriKind.Relative))).StatusCode);
    }

    static async Task<JsonElement> ProblemAsync(HttpResponseMessage answer)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.NotEmpty(problem.GetProperty("traceId").GetString()!);
        return problem;
    }
}
