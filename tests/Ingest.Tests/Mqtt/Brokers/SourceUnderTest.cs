using EnergyWatch.Domain.Gateways;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Brokers;

/// <summary>The client of an outside broker, running, with a scripted sink.</summary>
sealed class SourceUnderTest : IAsyncDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly MqttMetrics _metrics = new();
    readonly FieldStateRecorder _states;
    readonly CountedMetrics _counted;
    readonly MqttSource _source;
    Task _running = Task.CompletedTask;

    public SourceUnderTest(BrokerOptions broker, TimeProvider? clock = null, IBrokerPurpose? purpose = null,
        DialectCatalog? dialects = null)
    {
        var time = clock ?? Clock;
        _counted = new CountedMetrics(_metrics);
        Registry = new FixedRegistry(Some.Registry(gateways: [Some.Gateway("GW-01")]));
        _states = new FieldStateRecorder(
            new ListenerUnderTest.KeptStates(), new PipelineOptions(), time, Log.For<FieldStateRecorder>());
        var parts = new ClientParts
        {
            Flow = _metrics.FlowOf("broker:test"), Clock = time, Log = Log.For<MqttSource>(),
        };
        var readings = new SiteReadings(
            broker, new MqttIntake(Registry, Some.Calendar, _states), new DialectRouter(Registry, dialects ?? DialectCatalog.Empty));
        _source = new MqttSource(broker, purpose ?? readings, parts, () => 0);
    }

    public TestClock Clock { get; } = new();
    public FixedRegistry Registry { get; }
    public ScriptedSink Sink { get; } = new();
    public LogProbe Log { get; } = new();
    public bool IsConnected => _source.IsConnected;
    public IReadOnlyList<string> Troubles => _source.Troubles;
    public IBrokerOutlet Outlet => _source.Outlet;
    public bool IsHeldBack => _source.IsHeldBack;

    /// <summary>What a counter has counted since we began.</summary>
    public long Counted(string name) => _counted[name];

    /// <summary>What is noted of the gateway now.</summary>
    public GatewayLife? Life(string gateway) => _states.NotesOf(gateway).TakeChange(TimeSpan.Zero)?.Life;

    public IReadOnlyList<Sighting> Sightings => _states.Sightings.Take().Seen;

    /// <summary>Waits for the so-manieth loss and lets the pause after it pass.</summary>
    public async Task PassPauseAsync(int losses)
    {
        await Eventually.HoldsAsync(
            () => Log.Lines.Count(line => line.Message.Contains("Next attempt", StringComparison.Ordinal)) == losses
                && Clock.Waiting == 1,
            $"loss {losses} is logged and waited after");
        Clock.Advance(Clock.NextDue!.Value - Clock.Instant);
    }

    public SourceUnderTest Start()
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
        await StopAsync();
        _stop.Dispose();
        _states.Dispose();
        _counted.Dispose();
        _metrics.Dispose();
        Log.AssertNoErrors();
    }
}
