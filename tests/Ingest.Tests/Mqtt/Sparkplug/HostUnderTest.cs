using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Sparkplug;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Sparkplug;

/// <summary>
/// A host application at a broker, running, with a scripted sink and one edge node: Plant 1/Edge-7 with meter D1.
/// </summary>
sealed class HostUnderTest : IAsyncDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly MqttMetrics _metrics = new();
    readonly SparkplugMetrics _sparkplug = new();
    readonly FieldStateRecorder _states;
    readonly SparkplugHost _host;
    readonly MqttSource _session;
    readonly SparkplugSource _source;
    Task _running = Task.CompletedTask;

    public HostUnderTest(BrokerOptions broker, TimeProvider? clock = null)
    {
        var time = clock ?? Clock;
        var registry = new FixedRegistry(Some.Registry(
            meters: [Some.Meter(address: "D1")],
            gateways: [Some.Gateway("GW-01", dialect: SparkplugDialect.Known) with { Username = "Plant 1/Edge-7" }]));
        _states = new FieldStateRecorder(
            new ListenerUnderTest.KeptStates(), new PipelineOptions(), time, Log.For<FieldStateRecorder>());
        var way = new BrokerWay();
        var parts = new HostParts
        {
            Options = broker.Sparkplug!,
            Decoder = new MetricDecoder(new Lazy<MetricMap>(EdgeNodeUnderTest.Shipped), registry, Some.Calendar, _sparkplug),
            Intake = new MqttIntake(registry, Some.Calendar, _states),
            Way = way,
            Metrics = _sparkplug,
            Clock = time,
            Log = Log.For<SparkplugHost>(),
        };
        _host = new SparkplugHost(parts);
        var purpose = new SparkplugPurpose(broker.Name, parts, _host, way);
        var client = new ClientParts { Flow = _metrics.FlowOf("broker:test"), Clock = time, Log = Log.For<MqttSource>() };
        _session = new MqttSource(broker, purpose, client, () => 0);
        _source = new SparkplugSource(_session, purpose);
    }

    public static BrokerOptions Options(int port, bool five) => new()
    {
        Name = "site", Host = "127.0.0.1", Port = port, ClientId = "energywatch-host", Mqtt5 = five,
        DropCounter = "",
        Sparkplug = new SparkplugOptions { HostId = "county" },
        FirstRetry = TimeSpan.FromMilliseconds(100), LongestRetry = TimeSpan.FromMilliseconds(500),
    };

    public TestClock Clock { get; } = new();
    public ScriptedSink Sink { get; } = new();
    public LogProbe Log { get; } = new();
    public bool IsConnected => _session.IsConnected;
    public int Alive => _host.Alive;

    /// <summary>Who was sighted since the last look.</summary>
    public IReadOnlyList<Sighting> Sighted => _states.Sightings.Take().Seen;

    public HostUnderTest Start()
    {
        _running = _source.RunAsync(Sink, _stop.Token);
        return this;
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        Sink.OpenDoor();
        Sink.StoreAll();
        // A broker that answers nothing is waited for by this clock.
        var stopping = StopAsync();
        while (!stopping.IsCompleted)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await stopping;
        _host.Dispose();
        _stop.Dispose();
        _states.Dispose();
        _metrics.Dispose();
        _sparkplug.Dispose();
        Log.AssertNoErrors();
    }
}
