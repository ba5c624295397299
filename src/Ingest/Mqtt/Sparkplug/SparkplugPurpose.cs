using System.Text;
using System.Threading.Channels;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>The way out through the broker that we are connected to.</summary>
sealed class BrokerWay : ISparkplugWay
{
    volatile IBrokerOutlet? _outlet;

    public void Open(IBrokerOutlet outlet) => _outlet = outlet;

    public async ValueTask SendAsync(string topic, ReadOnlyMemory<byte> payload, int qos, bool retain, CancellationToken stop)
    {
        if (_outlet is not { } outlet) throw new IOException("There is no connection yet.");
        await outlet.PublishAsync(topic, payload, qos, retain, stop);
    }
}

/// <summary>
/// A host application's session at a broker (§5.3, §5.16, §5.17): a clean session with a will; the subscriptions first,
/// then its STATE, online; once more whenever somebody says that it is offline; offline before it goes. Nothing is
/// queued for it while it is away: what edge nodes then said comes as their own historical data, and every session
/// begins with births.
/// </summary>
sealed class SparkplugPurpose(string broker, HostParts parts, SparkplugHost host, BrokerWay way) : IBrokerPurpose
{
    static readonly Task<IngestReceipt> Nothing = Task.FromResult(new IngestReceipt(0, 0, []));

    readonly string _way = $"broker:{broker}";
    readonly string _state = SparkplugTopic.State(parts.Options.HostId);
    readonly byte[] _stateBytes = Encoding.UTF8.GetBytes(SparkplugTopic.State(parts.Options.HostId));
    readonly Channel<HostState> _again = Channel.CreateBounded<HostState>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    HostState _online;
    volatile bool _isOnline;

    public bool ForgetsSession => true;

    public bool HearsItself => true;

    // tck-id-host-topic-phid-death-*, tck-id-message-flow-phid-sparkplug-state-publish-payload-timestamp: the birth that
    // follows has the time of this will.
    public MqttWill? Will()
    {
        _isOnline = false;
        host.Lose($"the connection to broker {broker} was lost");
        var now = parts.Clock.Now();
        _online = HostState.Online(now);
        return new MqttWill(_state, HostState.Offline(now).ToJson(), 1, true, MqttProperties.None);
    }

    public async Task<IReadOnlyList<string>> FiltersAsync(IReadOnlyList<string>? known, CancellationToken stop)
    {
        if (known is not null) await Task.Delay(Timeout.InfiniteTimeSpan, parts.Clock, stop);
        return [_state, $"{SparkplugTopic.Root}/#"];
    }

    public async ValueTask ArrivedAsync(IBrokerOutlet outlet, CancellationToken stop)
    {
        way.Open(outlet);
        parts.Intake.WayChanged(_way, isUp: true, null);
        _isOnline = true;
        var code = await outlet.PublishAsync(_state, _online.ToJson(), 1, true, stop);
        if ((byte)code < 0x80) return;
        throw new BrokerRefusedException($"STATE of host {parts.Options.HostId} was refused: {code}.", code);
    }

    public void Lost(string why) => parts.Intake.WayChanged(_way, isUp: false, why);

    public async ValueTask LeavingAsync(IBrokerOutlet outlet, CancellationToken stop)
    {
        _isOnline = false;
        await outlet.PublishAsync(_state, HostState.Offline(parts.Clock.Now()).ToJson(), 1, true, stop);
    }

    public ValueTask<Task<IngestReceipt>> PutAsync(IReadingSink sink, Delivery delivery, CancellationToken stop)
    {
        var batch = Take(delivery);
        return batch is null || batch.Received == 0
            ? new ValueTask<Task<IngestReceipt>>(Nothing) : sink.PutAsync(batch, stop);
    }

    public void Settled(Delivery delivery, IngestReceipt? receipt) { }

    /// <summary>
    /// Sends what this host and its edge nodes are to be told, and stores what was held back, until stopped.
    /// </summary>
    public Task RunAsync(IReadingSink sink, CancellationToken stop) =>
        Task.WhenAll(host.RunAsync(sink, stop), SayAgainAsync(stop));

    IngestBatch? Take(Delivery delivery)
    {
        var publish = delivery.Publish;
        if (!SparkplugTopic.TryRead(publish.Topic.Span, out var topic))
        {
            Hear(publish);
            return null;
        }
        // The broker sends all of the name space: what is no gateway of ours was not sent to us.
        if (SparkplugGateways.Of(parts.Intake.Registry.Current).Find(topic) is not { } gateway)
        {
            parts.Metrics.Stranger();
            Sighted(topic, delivery);
            return null;
        }
        delivery.Gateway = gateway;
        // What the broker kept from before is no sign of life.
        if (!publish.Retain)
            parts.Intake.NotesOf(gateway).HeardBy(_way, delivery.ArrivedAt, publish.Payload.Length);
        if (delivery.Refusal is { } tooLarge)
        {
            parts.Intake.Fault(gateway, delivery.ArrivedAt, tooLarge.Detail);
            return Refused(delivery, gateway, tooLarge);
        }
        if (!publish.Retain) return host.Take(gateway, topic, publish.Payload, delivery.ArrivedAt, publish.Qos).Batch;
        // A birth that the broker kept says what numbers meant at some time; nobody knows when.
        parts.Intake.Fault(
            gateway, delivery.ArrivedAt,
            $"A message to {Shown.Text(publish.Topic.Span)} was retained, which Sparkplug forbids, and is not taken.");
        return null;
    }

    // Only under a name that a gateway can have.
    void Sighted(in SparkplugTopic topic, Delivery delivery)
    {
        if (topic.Group.Length + topic.EdgeNode.Length > SparkplugDialect.LongestName) return;
        if (SparkplugTopic.OfUsername(topic.Username) is null) return;
        parts.Intake.Sighted(
            _way, topic.Username, delivery.ArrivedAt, dialect: SparkplugDialect.Known,
            topic: Encoding.UTF8.GetString(delivery.Publish.Topic.Span));
    }

    // tck-id-message-flow-hid-sparkplug-state-message-delivered. One that was kept is from before we said that we are here.
    void Hear(in PublishPacket publish)
    {
        if (!_isOnline || publish.Retain || !publish.Topic.Span.SequenceEqual(_stateBytes)) return;
        if (!HostState.SaysOffline(publish.Payload)) return;
        parts.Log.HostSaidOffline(broker, parts.Options.HostId);
        _again.Writer.TryWrite(_online);
    }

    async Task SayAgainAsync(CancellationToken stop)
    {
        await foreach (var state in _again.Reader.ReadAllAsync(stop))
        {
            try
            {
                await way.SendAsync(_state, state.ToJson(), 1, true, stop);
            }
            catch (IOException exception)
            {
                // The next connection says it anyway.
                parts.Log.StateUnsent(parts.Options.HostId, exception.Message);
            }
            catch (Exception defect) when (!stop.IsCancellationRequested)
            {
                parts.Log.SparkplugLoopFault(defect, "say again that it is online");
            }
        }
    }

    static IngestBatch Refused(Delivery delivery, string gateway, Refusal refusal) => new(
        $"mqtt:{gateway}", delivery.ArrivedAt, [], [], [refusal],
        DialectFormat.Of(SparkplugDialect.Known, delivery.Publish.Topic.Span), delivery.Publish.Payload);
}
