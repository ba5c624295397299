using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>How a host publishes: as the server of our own listener, or through a broker.</summary>
interface ISparkplugWay
{
    /// <exception cref="IOException">There is no connection.</exception>
    ValueTask SendAsync(string topic, ReadOnlyMemory<byte> payload, int qos, bool retain, CancellationToken stop);
}

/// <summary>What a host works with.</summary>
sealed record HostParts
{
    public required SparkplugOptions Options { get; init; }
    public required MetricDecoder Decoder { get; init; }
    public required MqttIntake Intake { get; init; }

    /// <summary>How commands reach the edge nodes.</summary>
    public required ISparkplugWay Way { get; init; }
    public required SparkplugMetrics Metrics { get; init; }
    public required TimeProvider Clock { get; init; }
    public required ILogger Log { get; init; }
}

/// <summary>
/// The edge nodes of one way in, our listener or one broker, as a Sparkplug host application sees them. Messages are
/// taken at once; what was held back and is let go later, and the commands, go out on loops of their own
/// (<see cref="RunAsync"/>).
/// </summary>
sealed class SparkplugHost(HostParts parts) : IEdgeNodeHost, IDisposable
{
    /// <summary>What all edge nodes together may have held back, waiting for a missing message, in bytes.</summary>
    const long MostHeld = 16 * 1024 * 1024;

    static readonly TimeSpan PauseAfterFault = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<string, EdgeNode> _nodes = new();
    readonly Channel<DecodedPayload> _released = Channel.CreateUnbounded<DecodedPayload>();
    readonly Channel<EdgeNode> _rebirths = Channel.CreateUnbounded<EdgeNode>();
    long _held;

    /// <summary>Edge nodes that are born and not dead.</summary>
    public int Alive => _nodes.Values.Count(node => node.IsAlive);

    /// <summary>What is held back for a missing message, in bytes.</summary>
    public long HeldBytes => Interlocked.Read(ref _held);

    /// <summary>Takes a message of this gateway; what it answers is for the sink.</summary>
    public DecodedPayload Take(string gateway, in SparkplugTopic topic, ReadOnlyMemory<byte> payload, Instant arrivedAt, int qos)
    {
        var device = topic.Device.IsEmpty ? "" : Encoding.UTF8.GetString(topic.Device);
        return NodeOf(gateway, topic).Take(new SparkplugMessage(topic.Kind, device, payload, arrivedAt, qos));
    }

    /// <summary>Reads a quarantined message again. A birth is complete in itself; data are nothing without theirs.</summary>
    public DecodedPayload ReadAgain(string gateway, in SparkplugTopic topic, ReadOnlyMemory<byte> payload, Instant arrivedAt)
    {
        var node = new EdgeNodeName(gateway, Encoding.UTF8.GetString(topic.Group), Encoding.UTF8.GetString(topic.EdgeNode));
        var message = new SparkplugMessage(topic.Kind, Encoding.UTF8.GetString(topic.Device), payload, arrivedAt);
        if (!SparkplugPayload.TryRead(payload.Span, out var read, out var fault)) return parts.Decoder.Unreadable(node, message, fault!);
        if (message.IsBirth) return parts.Decoder.Birth(node, message, read, null);
        return message.IsData ? parts.Decoder.Data(node, message, read, null, "its birth is not kept with it").Payload
            : MetricDecoder.Nothing(node, message);
    }

    /// <summary>The way to all edge nodes is lost: what they said is stale, and each must be born again.</summary>
    public void Lose(string reason)
    {
        foreach (var node in _nodes.Values) node.Lose(reason);
    }

    /// <summary>Stores what is let go and sends commands, until stopped.</summary>
    public async Task RunAsync(IReadingSink sink, CancellationToken stop) =>
        await await Task.WhenAny(StoreAsync(sink, stop), CommandAsync(stop));

    public void Dispose()
    {
        foreach (var node in _nodes.Values) node.Dispose();
    }

    void IEdgeNodeHost.Release(DecodedPayload payload)
    {
        if (payload.Batch.Received > 0) _released.Writer.TryWrite(payload);
    }

    void IEdgeNodeHost.WantsRebirth(EdgeNode node) => _rebirths.Writer.TryWrite(node);

    bool IEdgeNodeHost.TryHold(int bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= MostHeld) return true;
        Interlocked.Add(ref _held, -bytes);
        return false;
    }

    void IEdgeNodeHost.LetGo(int bytes) => Interlocked.Add(ref _held, -bytes);

    void IEdgeNodeHost.IsBorn(EdgeNode node) => parts.Intake.State(node.Name.Gateway, parts.Clock.Now(), isOnline: true);

    void IEdgeNodeHost.IsStale(EdgeNode node, string? device, string reason)
    {
        parts.Metrics.Stale();
        var (at, gateway) = (parts.Clock.Now(), node.Name.Gateway);
        if (device is null)
        {
            parts.Log.EdgeNodeStale(node.Name.ToString(), gateway, reason);
            parts.Intake.State(gateway, at, isOnline: false, reason);
            return;
        }
        var text = $"Device {Shown.Text(device)} of edge node {node.Name} is offline and what it last said is stale: {reason}.";
        if (parts.Intake.MeterOf(gateway, device, at) is { } meter) parts.Intake.Fault(gateway, meter, at, text);
        else parts.Intake.Fault(gateway, at, text);
    }

    // A gateway that was given another user name is another edge node.
    EdgeNode NodeOf(string gateway, in SparkplugTopic topic)
    {
        if (_nodes.TryGetValue(gateway, out var known))
        {
            if (known.Name.Is(topic)) return known;
            known.Lose("its gateway has another user name now");
        }
        var name = new EdgeNodeName(gateway, Encoding.UTF8.GetString(topic.Group), Encoding.UTF8.GetString(topic.EdgeNode));
        var node = new EdgeNode(name, parts.Decoder, this, parts.Options, parts.Clock);
        return known is null ? _nodes.GetOrAdd(gateway, node)
            : _nodes.TryUpdate(gateway, node, known) ? node : _nodes[gateway];
    }

    // At QoS 0 nobody sends it again: it is offered until it is stored.
    async Task StoreAsync(IReadingSink sink, CancellationToken stop)
    {
        await foreach (var released in _released.Reader.ReadAllAsync(stop))
        {
            while (!await TryStoreAsync(sink, released, stop)) await Task.Delay(PauseAfterFault, parts.Clock, stop);
        }
    }

    static async Task<bool> TryStoreAsync(IReadingSink sink, DecodedPayload released, CancellationToken stop)
    {
        try
        {
            var ticket = await sink.PutAsync(released.Batch, stop);
            await ticket.WaitAsync(stop);
            return true;
        }
        catch (NotStoredException)
        {
            // The pipeline has said so; whoever waits tries again.
            return false;
        }
    }

    async Task CommandAsync(CancellationToken stop)
    {
        await foreach (var node in _rebirths.Reader.ReadAllAsync(stop))
        {
            var topic = SparkplugTopic.Command(node.Name.Group, node.Name.Node);
            try
            {
                await parts.Way.SendAsync(topic, RebirthRequest.At(parts.Clock.Now()), 0, false, stop);
                parts.Metrics.Rebirth();
                parts.Log.RebirthRequested(node.Name.ToString(), node.Name.Gateway);
            }
            catch (IOException exception)
            {
                // With the connection all is lost anyway: its next data ask again.
                parts.Log.RebirthUnsent(node.Name.ToString(), exception.Message);
            }
        }
    }
}
