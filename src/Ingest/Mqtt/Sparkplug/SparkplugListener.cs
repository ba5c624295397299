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
    bool _isOnline;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) =>
        _isOnline ? SayAsync(HostState.Offline(parts.Clock.Now()), cancellationToken).AsTask() : Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken) =>
        await await Task.WhenAny(host.RunAsync(sink, stoppingToken), WatchAsync(stoppingToken));

    async Task WatchAsync(CancellationToken stop)
    {
        var registry = parts.Intake.Registry;
        for (var current = registry.Current; ; current = await registry.NewerThanAsync(current.Version, stop))
        {
            if (SparkplugGateways.Of(current).IsAny == _isOnline) continue;
            _isOnline = !_isOnline;
            var now = parts.Clock.Now();
            await SayAsync(_isOnline ? HostState.Online(now) : HostState.Offline(now), stop);
        }
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
