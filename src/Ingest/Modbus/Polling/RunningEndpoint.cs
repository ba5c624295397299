using EnergyWatch.Ingest.Modbus.Lines;

namespace EnergyWatch.Ingest.Modbus.Polling;

/// <summary>The loop of an endpoint under way, and its connection: stopped together, the connection last.</summary>
sealed class RunningEndpoint
{
    readonly CancellationTokenSource _stop;
    readonly IModbusTransport _transport;
    readonly Task _task;

    public RunningEndpoint(
        EndpointTarget target, IModbusTransport transport, PollOutbox outbox, PollContext context, CancellationToken stop)
    {
        _transport = transport;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Loop = new EndpointLoop(target, transport, outbox, context);
        _task = Task.Run(() => Loop.RunAsync(_stop.Token), CancellationToken.None);
    }

    public EndpointLoop Loop { get; }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _task;
        }
        catch (OperationCanceledException)
        {
            // Stop was asked for.
        }
        finally
        {
            await _transport.DisposeAsync();
            _stop.Dispose();
        }
    }
}
