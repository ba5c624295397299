using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Modbus;
using EnergyWatch.Ingest.Modbus.Lines;
using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Polling;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>One endpoint under way on the test's clock, before a bus in memory.</summary>
public abstract class LoopBench : IAsyncLifetime, IDisposable
{
    static int _endpoints;
    private protected static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    readonly CancellationTokenSource _stop = new();
    Task _running = Task.CompletedTask;

    private protected LoopBench(ModbusOptions? options = null)
    {
        Bench = new PollBench(options);
        Bus = new FakeBus(Bench.Clock);
        Outbox = new PollOutbox(Bench.Sink, Bench.Context);
    }

    /// <summary>Its own in each test: what is counted of it is counted of this test.</summary>
    private protected ModbusEndpoint Endpoint { get; } = new($"loop-{Interlocked.Increment(ref _endpoints)}", 502, ModbusFraming.Tcp);

    private protected PollBench Bench { get; }
    private protected FakeBus Bus { get; }
    private protected PollOutbox Outbox { get; }
    private protected EndpointLoop? Loop { get; private set; }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (Loop is not null && !_stop.IsCancellationRequested) await Assert.ThrowsAnyAsync<OperationCanceledException>(StopAsync);
    }

    public void Dispose()
    {
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected void Start(params IReadOnlyList<MeterTarget> targets)
    {
        Loop = new EndpointLoop(new EndpointTarget(Endpoint, targets), Bus, Outbox, Bench.Context);
        _running = Task.WhenAll(Task.Run(() => Loop.RunAsync(_stop.Token)), Task.Run(() => Outbox.RunAsync(_stop.Token)));
    }

    /// <summary>Ends with the cancellation that it asks for.</summary>
    private protected async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    private protected Task PassAsync(TimeSpan span) => Bench.PassAsync(span, waiting: 1);

    private protected static MeterTarget Target(int unit, RegisterMap model, TimeSpan? period = null) =>
        new(new MeterId(unit), $"M-{unit}", "GW-01", (ulong)unit, model, period ?? Period);

    private protected static RegisterMap Model(string points) => Models.Of(points);
}
