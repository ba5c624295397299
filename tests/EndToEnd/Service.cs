using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using EnergyWatch.Support;

namespace EnergyWatch.EndToEnd;

/// <summary>A running service on a data folder of its own, and a client that is logged in to it.</summary>
public sealed class Service : IAsyncDisposable
{
    public const string Password = "end-to-end-secret";
    static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);

    readonly IReadOnlyDictionary<string, string> _environment;

    Service(string data, IReadOnlyDictionary<string, string> environment)
    {
        Data = data;
        _environment = new Dictionary<string, string>(environment) { ["ENERGYWATCH_ADMIN_PASSWORD"] = Password };
        HttpPort = FreePort();
        MqttPort = FreePort();
    }

    public string Data { get; }
    public int HttpPort { get; }
    public int MqttPort { get; }
    public OurProgram Process { get; private set; } = null!;
    public HttpClient Http { get; private set; } = null!;

    public static async Task<Service> StartAsync(TempFolder folder, IReadOnlyDictionary<string, string>? environment = null)
    {
        var service = new Service(folder.File("data"), environment ?? new Dictionary<string, string>());
        await service.StartAsync();
        return service;
    }

    /// <summary>Starts, or starts again on the same data and ports.</summary>
    public async Task StartAsync()
    {
        Process = OurProgram.EnergyWatch(
            ["run", "--port", $"{HttpPort}", "--mqtt-port", $"{MqttPort}", "--data", Data], _environment);
        await Process.LineAsync("EnergyWatch is ready", StartsWithin);
        Http?.Dispose();
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{HttpPort}") };
        using var answer = await Http.PostAsJsonAsync("/api/v1/auth/login", new { username = "admin", password = Password });
        answer.EnsureSuccessStatusCode();
        var login = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", login.GetProperty("token").GetString());
    }

    /// <summary>Runs a command of the same program on the same data, and expects it to succeed.</summary>
    public async Task<string> CommandAsync(params string[] arguments)
    {
        await using var command = OurProgram.EnergyWatch([.. arguments, "--data", Data], _environment);
        var code = await command.EndAsync(TimeSpan.FromMinutes(2));
        Assert.True(code == 0, $"{string.Join(' ', arguments)} ended with {code}:{Environment.NewLine}{command.Printed}");
        return command.Printed.Trim();
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"GET {path} answered {(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Asks until the answer is as wanted: what a person who waits for a screen does.</summary>
    public async Task<JsonElement> GetUntilAsync(string path, Func<JsonElement, bool> wanted, TimeSpan within)
    {
        using var late = new CancellationTokenSource(within);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (true)
        {
            var answer = await GetAsync(path);
            if (wanted(answer)) return answer;
            try { await timer.WaitForNextTickAsync(late.Token); }
            catch (OperationCanceledException) { throw new TimeoutException($"GET {path} within {within} last answered {answer}"); }
        }
    }

    /// <summary>Waits until the running service has noticed an import that another process made; it looks every second.</summary>
    public Task KnowsGatewayAsync(string code) => GetUntilAsync(
        "/api/v1/gateways?limit=100", answer => answer.GetProperty("items").EnumerateArray().Any(gateway => gateway.GetProperty("code").GetString() == code),
        TimeSpan.FromSeconds(30));

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Process.DisposeAsync();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
