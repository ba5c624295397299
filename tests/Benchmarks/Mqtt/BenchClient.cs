using EnergyWatch.Domain.Series;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>Our client of an outside broker, running, in front of a counting sink: topics looked up, payloads decoded.</summary>
sealed class BenchClient : IAsyncDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly MqttMetrics _metrics = new();
    readonly FieldStateRecorder _states;
    readonly Task _running;

    public BenchClient(int port)
    {
        var registry = new FixedRegistry(LoadGateways.Registry(MqttFeeder.Gateways));
        _states = new FieldStateRecorder(
            new NoStates(), new PipelineOptions(), TimeProvider.System, NullLogger<FieldStateRecorder>.Instance);
        var parts = new ClientParts
        {
            Flow = _metrics.FlowOf("broker:bench"), Clock = TimeProvider.System, Log = NullLogger.Instance,
        };
        var broker = new BrokerOptions
        {
            Name = "bench", Host = "127.0.0.1", Port = port, ClientId = "bench", Mqtt5 = false, DropCounter = "",
            Topics = ["energywatch/v1/+/readings"],
        };
        var readings = new SiteReadings(
            broker, new MqttIntake(registry, Some.Calendar, _states), new DialectRouter(registry, DialectCatalog.Empty));
        Source = new MqttSource(broker, readings, parts, () => 0);
        _running = Source.RunAsync(Sink, _stop.Token);
    }

    public MqttSource Source { get; }

    public CountingSink Sink { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _states.Dispose();
        _metrics.Dispose();
        _stop.Dispose();
    }

    sealed class NoStates : IFieldStates
    {
        public ValueTask SaveAsync(IReadOnlyList<FieldState> states, CancellationToken stop) => ValueTask.CompletedTask;
        public ValueTask<IReadOnlyList<FieldState>> ListAsync(CancellationToken stop) =>
            ValueTask.FromResult<IReadOnlyList<FieldState>>([]);
    }
}
