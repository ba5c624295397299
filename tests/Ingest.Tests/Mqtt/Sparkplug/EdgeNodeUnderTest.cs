using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Definitions;
using EnergyWatch.Ingest.Mqtt.Sparkplug;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Sparkplug;

/// <summary>
/// An edge node as its host sees it, with the shipped metric map, two meters (devices D1 and D2) and a clock that stands
/// still. What it stores, refuses and wants is kept as lines.
/// </summary>
sealed class EdgeNodeUnderTest : IEdgeNodeHost, IDisposable
{
    public const long Start = 1773730320000;

    readonly SparkplugMetrics _metrics = new();
    readonly EdgeNode _node;

    public EdgeNodeUnderTest(RegistrySnapshot? registry = null, SparkplugOptions? options = null)
    {
        Clock = new TestClock();
        Registry = new FixedRegistry(registry ?? Some.Registry(
            meters: [Some.Meter(1, "M-0001", address: "D1"), Some.Meter(2, "M-0002", address: "D2")]));
        var map = new Lazy<MetricMap>(
            () => Defect is { } defect ? throw defect : Shipped(), LazyThreadSafetyMode.PublicationOnly);
        var decoder = new MetricDecoder(map, Registry, Some.Calendar, _metrics);
        _node = new EdgeNode(new EdgeNodeName("GW-01", "G", "E"), decoder, this, options ?? new SparkplugOptions(), Clock);
    }

    public TestClock Clock { get; }
    public FixedRegistry Registry { get; }
    public List<Reading> Stored { get; } = [];
    public List<Refusal> Refused { get; } = [];
    public List<IngestBatch> Batches { get; } = [];
    public List<string> Stale { get; } = [];
    public int Rebirths { get; private set; }
    public int Births { get; private set; }

    /// <summary>What whoever first asks what a name means is thrown, as long as it is there.</summary>
    public Exception? Defect { get; set; }
    public List<Exception> Defects { get; } = [];
    public int HeldBytes { get; private set; }
    public int Held => _node.Held;
    public bool IsAlive => _node.IsAlive;

    /// <summary>Where false, nothing may be held back.</summary>
    public bool HasRoom { get; set; } = true;

    public static MetricMap Shipped()
    {
        var faults = new List<DefinitionFault>();
        var map = MetricMapFile.Load(Repository.PathOf("seeds", "dialects", "sparkplug", "metrics.yaml"), faults);
        Assert.Empty(faults);
        return map!;
    }

    public void Take(MessageKind kind, string device, byte[] payload, int qos = 0) =>
        Keep(_node.Take(new SparkplugMessage(kind, device, payload, Clock.Instant, qos)));

    public void NodeBirth(int seq = 0, int bdSeq = 0, ulong? at = null, params SparkplugBytes[] metrics) =>
        Take(MessageKind.NodeBirth, "", SparkplugBytes.Payload(at ?? Now, seq, [SparkplugBytes.BdSeq(bdSeq), .. metrics]));

    public void DeviceBirth(int seq, string device = "D1", ulong? at = null, params SparkplugBytes[] metrics) =>
        Take(MessageKind.DeviceBirth, device, SparkplugBytes.Payload(at ?? Now, seq, metrics));

    public void DeviceData(int seq, string device = "D1", ulong? at = null, int qos = 0, params SparkplugBytes[] metrics) =>
        Take(MessageKind.DeviceData, device, SparkplugBytes.Payload(at ?? Now, seq, metrics), qos);

    public void NodeDeath(int bdSeq) =>
        Take(MessageKind.NodeDeath, "", SparkplugBytes.Payload(Now, null, SparkplugBytes.BdSeq(bdSeq)));

    public void DeviceDeath(int seq, string device = "D1") =>
        Take(MessageKind.DeviceDeath, device, SparkplugBytes.Payload(Now, seq));

    public void Lose() => _node.Lose("the way was lost");

    /// <summary>The born edge node with device D1, whose Energy/Import has alias 1 and Power/Active alias 2.</summary>
    public EdgeNodeUnderTest Born()
    {
        NodeBirth();
        DeviceBirth(1, metrics: [Energy(100), SparkplugBytes.Metric("Power/Active", 2, Now, 5, unit: "kW")]);
        Stored.Clear();
        return this;
    }

    public static SparkplugBytes Energy(double value, ulong alias = 1) =>
        SparkplugBytes.Metric("Energy/Import", alias, (ulong)Start, value, unit: "kWh");

    public static SparkplugBytes ByAlias(double value, ulong alias = 1, ulong? at = null) =>
        SparkplugBytes.Metric(null, alias, at ?? (ulong)Start, value, type: null);

    public ulong Now => (ulong)Clock.Instant.UnixMilliseconds;

    public string Values => string.Join(" ", Stored.Select(reading =>
        FormattableString.Invariant($"{reading.Series.Meter.Value}:{reading.Series.Quantity.Key()}={reading.Value}")));

    public string Codes => string.Join(" ", Refused.Select(refusal => refusal.Code));

    void Keep(DecodedPayload payload)
    {
        Batches.Add(payload.Batch);
        Stored.AddRange(payload.Batch.Readings);
        Refused.AddRange(payload.Batch.Refusals);
    }

    void IEdgeNodeHost.Release(EdgeNode node, in SparkplugMessage message, DecodedPayload payload)
    {
        HeldBytes -= message.Payload.Length;
        Keep(payload);
    }

    void IEdgeNodeHost.IsBroken(EdgeNode node, Exception defect) => Defects.Add(defect);

    void IEdgeNodeHost.WantsRebirth(EdgeNode node) => Rebirths++;

    void IEdgeNodeHost.IsBorn(EdgeNode node) => Births++;

    void IEdgeNodeHost.IsStale(EdgeNode node, string? device, string reason) => Stale.Add(device ?? "node");

    bool IEdgeNodeHost.TryHold(EdgeNode node, int bytes)
    {
        if (HasRoom) HeldBytes += bytes;
        return HasRoom;
    }

    void IEdgeNodeHost.LetGo(EdgeNode node, int bytes) => HeldBytes -= bytes;

    public void Dispose()
    {
        _node.Dispose();
        _metrics.Dispose();
    }
}
