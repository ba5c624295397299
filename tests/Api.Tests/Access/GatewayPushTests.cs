using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace EnergyWatch.Api.Tests.Access;

/// <summary>A gateway of kind http shows its name and secret, and delivers for its own meters only.</summary>
public sealed class GatewayPushTests(TestService service) : IClassFixture<TestService>
{
    [Fact]
    public async Task A_gateway_pushes_its_own_meters_and_no_others()
    {
        using var http = Logger(TwoSchools.HttpSecret);
        using var answer = await http.PostAsJsonAsync("/api/v1/readings", new object[]
        {
            new { meter = "A-PUSHED", ts = 1_768_000_000_000, values = new { volume = 12.5 } },
            new { meter = "A-MAIN", ts = 1_768_000_000_000, values = new { energy_import = 1.0 } },
        });
        var receipt = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(1, receipt.GetProperty("stored").GetInt32());
        Assert.Equal("NOT_THIS_GATEWAY", Assert.Single(receipt.GetProperty("quarantined").EnumerateArray()).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("")]
    public async Task A_wrong_secret_is_refused(string secret)
    {
        using var http = Logger(secret);
        using var answer = await http.PostAsJsonAsync("/api/v1/readings", new { meter = "A-PUSHED", values = new { volume = 1 } });
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_gateway_reads_nothing()
    {
        using var http = Logger(TwoSchools.HttpSecret);
        using var answer = await http.GetAsync(new Uri("/api/v1/meters", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    HttpClient Logger(string secret)
    {
        var http = new HttpClient { BaseAddress = service.Address };
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"logger:{secret}")));
        return http;
    }
}
