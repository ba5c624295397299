using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
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
sealed class SparkplugHost : IEdgeNodeHost, IDisposable
{
    const long MostHeld = 16 * 1024 * 1024;
    const long MostHeldOfOne = 2 * 1024 * 1024;

    readonly HostParts _parts;
    readonly HeldRoom _room = new(MostHeld, MostHeldOfOne);
    readonly ReleasedMessages _released;
    readonly ConcurrentDictionary<string, EdgeNode> _nodes = new();
    readonly Channel<EdgeNode> _rebirths = Channel.CreateUnbounded<EdgeNode>();

    public SparkplugHost(HostParts parts)
    {
        _parts = parts;
        _released = new ReleasedMessages(parts, _room);
    }

    /// <summary>Edge nodes that are born and not dead.</summary>
    public int Alive => _nodes.Values.Count(node => node.IsAlive);

    /// <summary>What is held back for a missing message or waits for the store since, in bytes.</summary>
    public long HeldBytes => _room.Taken;

    /// <summary>Takes a message of this gateway; what it answers is for the sink.</summary>
    public DecodedPayload Take(
        string gateway, in SparkplugTopic topic, ReadOnlyMemory<byte> payload, Instant arrivedAt, int qos)
    {
        var device = topic.Device.IsEmpty ? "" : Encoding.UTF8.GetString(topic.Device);
        return NodeOf(gateway, topic).Take(new SparkplugMessage(topic.Kind, device, payload, arrivedAt, qos));
    }

    /// <summary>
    /// Reads a quarantined message again. A birth is complete in itself; data are nothing without theirs.
    /// </summary>
    public DecodedPayload ReadAgain(
        string gateway, in SparkplugTopic topic, ReadOnlyMemory<byte> payload, Instant arrivedAt)
    {
        var node = NameOf(gateway, topic);
        var message = new SparkplugMessage(topic.Kind, Encoding.UTF8.GetString(topic.Device), payload, arrivedAt);
        if (!SparkplugPayload.TryRead(payload.Span, out var read, out var fault))
            return _parts.Decoder.Unreadable(node, message, fault!);
        if (message.IsBirth) return _parts.Decoder.Birth(node, message, read, null);
        return message.IsData
            ? _parts.Decoder.Data(node, message, read, new Meaning(null, "its birth is not kept with it")).Payload
            : MetricDecoder.Nothing(node, message);
    }

    /// <summary>The way to all edge nodes is lost: what they said is stale, and each must be born again.</summary>
    public void Lose(string reason)
    {
        foreach (var node in _nodes.Values) node.Lose(reason);
    }

    /// <summary>
    /// Stores what is let go and sends commands, until stopped. Neither ends for what happens to a message.
    /// </summary>
    public Task RunAsync(IReadingSink sink, CancellationToken stop) =>
        Task.WhenAll(_released.RunAsync(sink, stop), CommandAsync(stop));

    public void Dispose()
    {
        foreach (var node in _nodes.Values) node.Dispose();
    }

    void IEdgeNodeHost.Release(EdgeNode node, in SparkplugMessage message, DecodedPayload payload) =>
        _released.Add(new ReleasedMessage(node, message, payload.Batch));

    void IEdgeNodeHost.WantsRebirth(EdgeNode node) => _rebirths.Writer.TryWrite(node);

    bool IEdgeNodeHost.TryHold(EdgeNode node, int bytes) => _room.TryTake(node.Share, bytes);

    void IEdgeNodeHost.LetGo(EdgeNode node, int bytes) => _room.Free(node.Share, bytes);

    void IEdgeNodeHost.IsBroken(EdgeNode node, Exception defect)
    {
        _parts.Metrics.Defect();
        _parts.Log.EdgeNodeDefect(defect, $"{node.Name}", node.Name.Gateway);
    }

    void IEdgeNodeHost.IsBorn(EdgeNode node) =>
        _parts.Intake.State(node.Name.Gateway, _parts.Clock.Now(), isOnline: true);

    void IEdgeNodeHost.IsStale(EdgeNode node, string? device, string reason)
    {
        _parts.Metrics.Stale();
        var (at, gateway) = (_parts.Clock.Now(), node.Name.Gateway);
        if (device is null)
        {
            _parts.Log.EdgeNodeStale(node.Name.ToString(), gateway, reason);
            _parts.Intake.State(gateway, at, isOnline: false, reason);
            return;
        }
        var text =
            $"Device {Shown.Text(device)} of edge node {node.Name} is offline and what it last said is stale: {reason}.";
        if (_parts.Intake.MeterOf(gateway, device, at) is { } meter) _parts.Intake.Fault(gateway, meter, at, text);
        else _parts.Intake.Fault(gateway, at, text);
    }

    // A gateway that was given another user name is another edge node.
    EdgeNode NodeOf(string gateway, in SparkplugTopic topic)
    {
        if (_nodes.TryGetValue(gateway, out var known))
        {
            if (known.Name.Is(topic)) return known;
            known.Lose("its gateway has another user name now");
        }
        var node = new EdgeNode(NameOf(gateway, topic), _parts.Decoder, this, _parts.Options, _parts.Clock);
        return known is null ? _nodes.GetOrAdd(gateway, node)
            : _nodes.TryUpdate(gateway, node, known) ? node : _nodes[gateway];
    }

    static EdgeNodeName NameOf(string gateway, in SparkplugTopic topic) =>
        new(gateway, Encoding.UTF8.GetString(topic.Group), Encoding.UTF8.GetString(topic.EdgeNode));

    async Task CommandAsync(CancellationToken stop)
    {
        await foreach (var node in _rebirths.Reader.ReadAllAsync(stop))
        {
            var topic = SparkplugTopic.Command(node.Name.Group, node.Name.Node);
            try
            {
                await _parts.Way.SendAsync(topic, RebirthRequest.At(_parts.Clock.Now()), 0, false, stop);
                _parts.Metrics.Rebirth();
                _parts.Log.RebirthRequested(node.Name.ToString(), node.Name.Gateway);
            }
            catch (IOException exception)
            {
                // With the connection all is lost anyway: its next data ask again.
                _parts.Log.RebirthUnsent(node.Name.ToString(), exception.Message);
            }
            catch (Exception defect) when (!stop.IsCancellationRequested)
            {
                _parts.Log.SparkplugLoopFault(defect, "send a rebirth request");
            }
        }
    }
}
