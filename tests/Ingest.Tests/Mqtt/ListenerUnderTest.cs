using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Series;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Door;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>
/// The listener on a real loopback port with a scripted sink, a clock that stands still, and two gateways that may log
/// in.
/// </summary>
sealed class ListenerUnderTest : IAsyncDisposable
{
    public const string Secret = "open sesame";

    // A few iterations: the tests are about the rules, not about how slow guessing is.
    static readonly string SecretHashed = SecretHash.Create(Secret, 10);
    static readonly string OtherHashed = SecretHash.Create("another secret", 10);

    WebApplication _app = null!;

    ListenerUnderTest() { }

    public ScriptedSink Sink { get; } = new();
    public TestClock Clock { get; } = new();
    public FixedRegistry Registry { get; } = new(Snapshot(1));
    public LogProbe Log { get; } = new();
    public KeptStates States { get; } = new();
    public int Port { get; private set; }

    /// <summary>Where the options ask for TLS.</summary>
    public int TlsPort { get; private set; }
    public int InFlight =>
        _app.Services.GetRequiredService<GatewaySessions>().Connected.Sum(connection => connection.InFlight);
    public bool HoldsBack =>
        _app.Services.GetRequiredService<GatewaySessions>().Connected.Any(connection => connection.IsHeldBack);
    public int Connected => _app.Services.GetRequiredService<GatewaySessions>().Connected.Count;
    public int Open => _app.Services.GetRequiredService<ConnectionPlaces>().Open;
    public IServiceProvider Services => _app.Services;

    /// <param name="sink">Null for the scripted one.</param>
    public static async Task<ListenerUnderTest> StartAsync(MqttOptions? options = null, IReadingSink? sink = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var settings = (options ?? new MqttOptions()) with
        {
            Port = 0, DialectsFolder = Repository.PathOf("seeds", "dialects"),
        };
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenForGateways(settings));
        var listener = new ListenerUnderTest();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILoggerProvider>(_ => listener.Log);
        builder.Services.AddSingleton<TimeProvider>(_ => listener.Clock);
        builder.Services.AddSingleton<IRegistry>(_ => listener.Registry);
        builder.Services.AddSingleton<IReadingSink>(_ => sink ?? listener.Sink);
        builder.Services.AddSingleton<IFieldStates>(_ => listener.States);
        builder.Services.AddSingleton(Some.Calendar);
        builder.Services.AddSingleton(new PipelineOptions());
        builder.Services.AddSingleton<FieldStateRecorder>();
        builder.Services.AddMqtt(settings, []);
        // What holds up the stop is seen first (Eventually), and aborted then.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMinutes(2));
        var app = builder.Build();
        listener._app = app;
        await app.StartAsync(Eventually.Soon());
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        listener.Port = new Uri(addresses.First()).Port;
        listener.TlsPort = new Uri(addresses.Last()).Port;
        return listener;
    }

    public static RegistrySnapshot Snapshot(long version, bool withFirst = true, string? firstHash = null)
    {
        var first = Some.Gateway("GW-01", secretHash: firstHash ?? SecretHashed);
        var second = Some.Gateway("GW-02", secretHash: OtherHashed) with { Username = "+/#" };
        var without = Some.Gateway("GW-03", secretHash: null);
        return Some.Registry(gateways: withFirst ? [first, second, without] : [second, without], version: version);
    }

    public static string NewHash() => SecretHash.Create("a new secret", 10);

    public async Task<IReadOnlyList<FieldState>> FieldStatesAsync()
    {
        await _app.Services.GetRequiredService<FieldStateRecorder>().SaveAsync(Eventually.Soon());
        return [.. States.Saved];
    }

    /// <summary>Not with a limit of its own, which would have what is open aborted instead of waited for.</summary>
    public Task StopAsync() => _app.StopAsync(CancellationToken.None).WaitAsync(Eventually.Soon());

    public async ValueTask DisposeAsync()
    {
        Sink.OpenDoor();
        Sink.StoreAll();
        await _app.StopAsync(Eventually.Soon());
        await _app.DisposeAsync();
        Log.AssertNoErrors();
    }

    public sealed class KeptStates : IFieldStates
    {
        public List<FieldState> Saved { get; } = [];

        public ValueTask SaveAsync(IReadOnlyList<FieldState> states, CancellationToken stop)
        {
            Saved.AddRange(states);
            return ValueTask.CompletedTask;
        }

        public ValueTask<IReadOnlyList<FieldState>> ListAsync(CancellationToken stop) =>
            ValueTask.FromResult<IReadOnlyList<FieldState>>(Saved);
    }
}
