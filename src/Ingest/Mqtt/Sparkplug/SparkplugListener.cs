using System.Text;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.Hosting;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// The host application at our own listener, where we are the broker too: its STATE is a retained message of the server,
/// online from the first edge node in the registry on, and offline before the connections are let go. A site without
/// edge nodes has no host application.
/// </summary>
sealed class SparkplugListener(SparkplugHost host, HostParts parts, IReadingSink sink)
    : BackgroundService, IHostedLifecycleService
{
    static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(5);

    bool _isOnline;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) =>
        _isOnline ? SayAsync(HostState.Offline(parts.Clock.Now()), cancellationToken).AsTask() : Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(host.RunAsync(sink, stoppingToken), WatchAsync(stoppingToken));

    async Task WatchAsync(CancellationToken stop)
    {
        var seen = -1L;
        while (true)
        {
            try
            {
                var current = await parts.Intake.Registry.NewerThanAsync(seen, stop);
                await SayIfChangedAsync(SparkplugGateways.Of(current).IsAny, stop);
                seen = current.Version;
            }
            catch (Exception fault) when (!stop.IsCancellationRequested)
            {
                parts.Log.SparkplugLoopFault(fault, "watch the registry for edge nodes");
                await Task.Delay(PauseAfterFault, parts.Clock, stop);
            }
        }
    }

    async ValueTask SayIfChangedAsync(bool isOnline, CancellationToken stop)
    {
        if (isOnline == _isOnline) return;
        var now = parts.Clock.Now();
        await SayAsync(isOnline ? HostState.Online(now) : HostState.Offline(now), stop);
        _isOnline = isOnline;
    }

    ValueTask SayAsync(HostState state, CancellationToken stop) => parts.Way.SendAsync(
        SparkplugTopic.State(parts.Options.HostId), state.ToJson(), qos: 1, retain: true, stop);
}

/// <summary>The way out over our own listener: to whoever subscribed.</summary>
sealed class ServerWay(MessageExchange exchange) : ISparkplugWay
{
    // No client has this key: it has no name.
    static readonly SessionKey Server = new("", "");

    public ValueTask SendAsync(string topic, ReadOnlyMemory<byte> payload, int qos, bool retain, CancellationToken stop)
    {
        exchange.Publish(new ClientMessage(Server, Encoding.UTF8.GetBytes(topic), payload, qos, retain));
        return ValueTask.CompletedTask;
    }
}
