using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Tests.Endpoints;

/// <summary>How gateways live, as officers and agencies see it, and who is waiting to be adopted.</summary>
public sealed class GatewayTests(TestService service) : IClassFixture<TestService>
{
    static readonly CancellationToken Stop = CancellationToken.None;

    [Fact]
    public async Task A_gateway_shows_state_clock_traffic_connection_and_faults()
    {
        var now = service.Get<TimeProvider>().Now();
        await SaveAsync("GW-A", now, new GatewayLife
        {
            Link = new LinkState(GatewayLink.Connected, now - TimeSpan.FromMinutes(5)),
            Connection = new GatewayConnected("listener", "10.0.0.9", "roof", "5.0", true, now - TimeSpan.FromMinutes(5)),
            Traffic = new GatewayTraffic(10, 20, 3, 2, 4000, 4), CountingSince = now - TimeSpan.FromDays(1),
            Drift = new ClockDrift(-300_000, 7, now), SendsTime = true,
            Faults = [new GatewayFault(now, now, null, "first", 2), new GatewayFault(now, now, "A-MAIN", "second")],
        });
        using var http = await service.ClientAsync("clerk-a");
        var shown = (await http.GetFromJsonAsync<JsonElement>("/api/v1/gateways/GW-A"))!;
        var current = shown.GetProperty("current");

        Assert.Equal(("connected", false), (Text(current, "state"), current.GetProperty("isShared").GetBoolean()));
        Assert.Equal(-300_000, current.GetProperty("clock").GetProperty("driftMs").GetInt64());
        Assert.True(current.GetProperty("clock").GetProperty("isBeyondLimit").GetBoolean());
        Assert.Equal(
            [10, 4000, 20, 3, 2, 3],
            new[] { "messages", "bytes", "readings", "quarantined", "faults", "reconnects" }
                .Select(name => current.GetProperty("traffic").GetProperty(name).GetInt64()));
        var connection = shown.GetProperty("connection");
        Assert.Equal(("10.0.0.9", "roof", "5.0"), (Text(connection, "address"), Text(connection, "clientId"), Text(connection, "protocol")));
        Assert.InRange(connection.GetProperty("ageS").GetDouble(), 299, 400);
        Assert.Equal(["second", "first"], shown.GetProperty("faults").EnumerateArray().Select(fault => Text(fault, "text")));
        var listed = await GatewayAsync(http, "GW-A");
        Assert.Equal(current.GetProperty("traffic").GetRawText(), listed.GetProperty("traffic").GetRawText());
    }

    [Fact]
    public async Task A_gateway_that_was_never_heard_says_so_and_why_there_is_no_drift()
    {
        using var http = await service.ClientAsync("clerk-b");
        var shown = await GatewayAsync(http, "GW-B");
        Assert.Equal(("never", "never"), (Text(shown, "state"), Text(shown, "meterState")));
        Assert.Equal(JsonValueKind.Null, shown.GetProperty("traffic").ValueKind);
        Assert.Equal(("NO_DATA", JsonValueKind.Null), (
            Text(shown.GetProperty("clock"), "reason"), shown.GetProperty("clock").GetProperty("driftMs").ValueKind));
    }

    [Fact]
    public async Task Of_a_gateway_that_others_share_an_agency_sees_no_texts_and_no_connection()
    {
        await service.Get<IRegistryEditor>().ApplyAsync(
            new RegistryRows
            {
                Gateways = [new GatewayRow(new RowPlace("test", 1), "GW-SHARED", "Shared", GatewayKind.Mqtt, null, null, null, new DateOnly(2024, 1, 1))],
                Meters = [SharedMeter("A"), SharedMeter("B")],
            }, "test", Stop);
        var now = service.Get<TimeProvider>().Now();
        await SaveAsync("GW-SHARED", now, new GatewayLife
        {
            Link = new LinkState(GatewayLink.Lost, now, "will", "B-SHARED has no power"),
            Connection = new GatewayConnected("listener", "10.0.0.9"), CountingSince = now,
            Faults =
            [
                new GatewayFault(now, now, null, "B-SHARED is bad"), new GatewayFault(now, now, "B-SHARED", "theirs"),
                new GatewayFault(now, now, "A-SHARED", "mine"),
            ],
        }, "B-SHARED is bad");
        using var clerk = await service.ClientAsync("clerk-a");
        var text = await clerk.GetStringAsync(new Uri("/api/v1/gateways/GW-SHARED", UriKind.Relative));
        Assert.DoesNotContain("B-SHARED", text, StringComparison.Ordinal);
        Assert.DoesNotContain("10.0.0.9", text, StringComparison.Ordinal);
        var shown = JsonDocument.Parse(text).RootElement;
        Assert.Equal(("lost", true), (Text(shown.GetProperty("current"), "state"), shown.GetProperty("current").GetProperty("isShared").GetBoolean()));
        Assert.Equal(["mine"], shown.GetProperty("faults").EnumerateArray().Select(fault => Text(fault, "text")));
        Assert.DoesNotContain(
            "B-SHARED", await clerk.GetStringAsync(new Uri("/api/v1/gateways", UriKind.Relative)), StringComparison.Ordinal);

        using var admin = await service.ClientAsync("admin");
        Assert.Equal(3, (await admin.GetFromJsonAsync<JsonElement>("/api/v1/gateways/GW-SHARED")).GetProperty("faults").GetArrayLength());
    }

    [Theory]
    [InlineData("clerk-b", "gateways/GW-A", HttpStatusCode.Forbidden)]
    [InlineData("clerk-b", "gateways/NO-SUCH", HttpStatusCode.NotFound)]
    [InlineData("clerk-b", "gateways/sightings", HttpStatusCode.Forbidden)]
    [InlineData("auditor", "gateways/sightings", HttpStatusCode.OK)]
    [InlineData(null, "gateways/sightings", HttpStatusCode.Unauthorized)]
    public async Task Nobody_sees_what_lies_outside_its_scope(string? user, string path, HttpStatusCode status)
    {
        using var http = await service.ClientAsync(user);
        using var answer = await http.GetAsync(new Uri($"/api/v1/{path}", UriKind.Relative));
        Assert.Equal(status, answer.StatusCode);
    }

    [Theory]
    [InlineData("auditor")]
    [InlineData("clerk-a")]
    public async Task Only_who_may_change_the_county_adopts_or_dismisses(string user)
    {
        var id = await SightAsync($"kept-from-{user}");
        using var http = await service.ClientAsync(user);
        using var adopting = await http.PostAsJsonAsync($"/api/v1/gateways/sightings/{id}/adopt", new { code = "GW-X", name = "X", secret = "x" });
        using var dismissing = await http.DeleteAsync(new Uri($"/api/v1/gateways/sightings/{id}", UriKind.Relative));
        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (adopting.StatusCode, dismissing.StatusCode));
        Assert.NotNull(await service.Get<ISightings>().FindAsync(id, Stop));
    }

    [Fact]
    public async Task Adopting_makes_a_gateway_with_an_audit_entry_and_the_sighting_goes()
    {
        var id = await SightAsync("new-roof");
        using var http = await service.ClientAsync("admin");
        Assert.Contains("new-roof", await NamesAsync(http));
        using var answer = await http.PostAsJsonAsync(
            $"/api/v1/gateways/sightings/{id}/adopt", new { code = "GW-NEW", name = "New roof", secret = "a secret of its own" });
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());

        var made = service.Get<IRegistry>().Current.Gateway("GW-NEW")!;
        Assert.Equal((GatewayKind.Mqtt, "new-roof"), (made.Kind, made.Username));
        Assert.True(Domain.Access.SecretHash.Matches("a secret of its own", made.SecretHash!));
        Assert.DoesNotContain("new-roof", await NamesAsync(http));
        Assert.Null(await service.Get<ISightings>().FindAsync(id, Stop));
        var audit = await http.GetStringAsync(new Uri("/api/v1/audit", UriKind.Relative));
        Assert.Contains("sighting.adopt", audit, StringComparison.Ordinal);
        Assert.Contains("gateway GW-NEW", audit, StringComparison.Ordinal);
        Assert.DoesNotContain("a secret of its own", audit, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("listener", """{"name":"X","secret":"s"}""", HttpStatusCode.BadRequest)]
    [InlineData("listener", """{"code":"GW-Y","secret":"s"}""", HttpStatusCode.BadRequest)]
    [InlineData("listener", """{"code":"GW-Y","name":"Y"}""", HttpStatusCode.BadRequest)]
    [InlineData("listener", """{"code":"GW-A","name":"Y","secret":"s"}""", HttpStatusCode.Conflict)]
    [InlineData("listener", """{"code":"GW-Y","name":"Y","secret":"s","username":"gw-A"}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("broker:site", """{"code":"GW-Y","name":"Y"}""", HttpStatusCode.BadRequest)]
    public async Task An_adoption_that_does_not_hold_together_is_refused_and_the_sighting_stays(string way, string body, HttpStatusCode status)
    {
        var id = await SightAsync("stays", way);
        using var http = await service.ClientAsync("admin");
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri($"/api/v1/gateways/sightings/{id}/adopt", UriKind.Relative), content);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.NotNull(await service.Get<ISightings>().FindAsync(id, Stop));
        Assert.Null(service.Get<IRegistry>().Current.Gateway("GW-Y"));
    }

    [Fact]
    public async Task Dismissing_takes_it_off_the_list_and_is_written_down()
    {
        var id = await SightAsync("nobody");
        using var http = await service.ClientAsync("admin");
        using var first = await http.DeleteAsync(new Uri($"/api/v1/gateways/sightings/{id}", UriKind.Relative));
        using var again = await http.DeleteAsync(new Uri($"/api/v1/gateways/sightings/{id}", UriKind.Relative));
        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (first.StatusCode, again.StatusCode));
        Assert.DoesNotContain("nobody", await NamesAsync(http));
        Assert.Contains("sighting.dismiss", await http.GetStringAsync(new Uri("/api/v1/audit", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_is_in_the_registry_waits_for_nobody()
    {
        await SightAsync("gw-B");
        using var http = await service.ClientAsync("admin");
        Assert.DoesNotContain("gw-B", await NamesAsync(http));
    }

    static MeterRow SharedMeter(string school) => new(
        new RowPlace("test", 1), $"{school}-SHARED", Carrier.Water, new DateOnly(2024, 1, 1), null,
        new MeterFacts($"SCHOOL-{school}", "Water", MeterRole.Main, null, 1, null, null, 3600, null, "GW-SHARED", null));

    static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    static async Task<JsonElement> GatewayAsync(HttpClient http, string code) =>
        (await http.GetFromJsonAsync<JsonElement>("/api/v1/gateways")).GetProperty("items").EnumerateArray()
            .Single(gateway => Text(gateway, "code") == code);

    static async Task<List<string?>> NamesAsync(HttpClient http) =>
        [.. (await http.GetFromJsonAsync<JsonElement>("/api/v1/gateways/sightings")).GetProperty("items").EnumerateArray()
            .Select(sighting => Text(sighting, "name"))];

    async Task SaveAsync(string gateway, Instant seen, GatewayLife life, string? fault = null) =>
        await service.Get<IFieldStates>().SaveAsync(
            [new FieldState(gateway, null, seen, fault is null ? null : seen, fault) { Life = life }], Stop);

    async Task<long> SightAsync(string name, string way = "listener")
    {
        var now = service.Get<TimeProvider>().Now();
        await service.Get<ISightings>().SaveAsync([new Sighting(0, name, way, "10.0.0.9", null, null, now, now, 1)], 0, Stop);
        return (await service.Get<ISightings>().ListAsync(Stop)).First(seen => seen.Name == name && seen.Way == way).Id;
    }
}
