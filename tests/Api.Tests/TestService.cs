using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using EnergyWatch.Api.Configuration;
using EnergyWatch.Api.Hosting;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Api.Tests;

/// <summary>
/// The whole service in this process, on a folder and a port of its own, with two schools that belong to two agencies. Its jobs do not run
/// by themselves: a test runs what it needs.
/// </summary>
public sealed class TestService : IAsyncLifetime
{
    const string Password = "correct horse";

    readonly TempFolder _folder = new();
    readonly string _hash = SecretHash.Create(Password, 1000);
    WebApplication _app = null!;

    public IServiceProvider Services => _app.Services;
    public Uri Address => new(_app.Urls.First());

    public async Task InitializeAsync()
    {
        var config = AppConfig.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data"] = _folder.File("data"), ["Http:Port"] = "0", ["Mqtt:Enabled"] = "false", ["Roles"] = "ingest,api",
        }).Build());
        _app = ServiceHost.Build(config);
        await _app.StartAsync();
        await Services.GetRequiredService<IRegistryEditor>().ApplyAsync(TwoSchools.Rows, "test", default);
        await AddUserAsync("admin", AccessRole.Administrator, "county");
        await AddUserAsync("clerk-a", AccessRole.Agency, "SCHOOL-A");
        await AddUserAsync("clerk-b", AccessRole.Agency, "SCHOOL-B");
        await AddUserAsync("auditor", AccessRole.Auditor, "county");
    }

    public async Task DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    /// <summary>A client that has logged in as this user, or has not when null.</summary>
    public async Task<HttpClient> ClientAsync(string? user)
    {
        var http = new HttpClient { BaseAddress = Address };
        if (user is null) return http;
        using var answer = await http.PostAsJsonAsync("/api/v1/auth/login", new { username = user, password = Password });
        answer.EnsureSuccessStatusCode();
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    public async Task AddUserAsync(string name, AccessRole role, string scope) =>
        await Get<IAccessStore>().SaveUserAsync(new UserAccount(name, _hash, role, new Scope(scope), false, Get<TimeProvider>().Now()), default);

    public async Task WriteAsync(string meter, Quantity quantity, params (Instant At, double Value)[] readings)
    {
        var series = new SeriesKey(Get<IRegistry>().Current.Meter(meter)!.Id, quantity);
        await Get<ISeriesWriter>().WriteAsync(readings.Select(reading => new Reading(series, reading.At, reading.Value)).ToArray(), default);
    }
}
