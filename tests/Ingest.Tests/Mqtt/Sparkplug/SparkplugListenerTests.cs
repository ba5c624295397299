using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Mqtt.Sparkplug;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Mqtt.Sparkplug;

/// <summary>An edge node at our own listener, where we are the broker and the host application.</summary>
public sealed class SparkplugListenerTests
{
    const string User = "Plant 1/Edge-7";
    const ulong Start = 1773730320000;

    static readonly MqttOptions Options = new()
    {
        Sparkplug = new SparkplugOptions
        {
            HostId = "county", MetricsFile = Repository.PathOf("seeds", "dialects", "sparkplug", "metrics.yaml"),
        },
    };

    // host-topic-phid-birth-topic, -qos, -retained, -payload
    [Fact]
    public async Task Edge_node_finds_the_host_online_is_born_and_its_data_are_stored()
    {
        await using var listener = await StartAsync();
        using var edge = await ConnectAsync(listener);
        await Eventually.HoldsAsync(
            () => listener.Services.GetRequiredService<MessageExchange>().RetainedCount == 1, "the host has said that it is online");
        await edge.SendAsync(Subscribe("spBv1.0/STATE/county", 1));
        Assert.Equal("SUBACK id=9 01", await edge.HearAsync());
        Assert.Equal(
            $"PUBLISH spBv1.0/STATE/county qos=1 id=1 retain {Hex("{\"online\":true,\"timestamp\":1773730320000}")}", await edge.HearAsync());
        await edge.SendAsync(
            Message("NBIRTH", SparkplugBytes.Payload(Start, 0, SparkplugBytes.BdSeq(0))),
            Message("DBIRTH", SparkplugBytes.Payload(Start, 1, Energy(100, "Energy/Import")), "/D1"),
            Message("DDATA", SparkplugBytes.Payload(Start, 2, Energy(101, null)), "/D1"));
        await Eventually.HoldsAsync(() => listener.Sink.Readings.Count == 2, "birth and data are stored");
        Assert.Equal([100, 101], listener.Sink.Readings.Select(reading => reading.Value));
        Assert.Empty(listener.Sink.Taken.SelectMany(batch => batch.Refusals));
    }

    [Fact]
    public async Task A_listener_without_edge_nodes_says_nothing_of_a_host()
    {
        await using var listener = await ListenerUnderTest.StartAsync(Options);
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        Assert.Equal(0, listener.Services.GetRequiredService<MessageExchange>().RetainedCount);
    }

    // operational-behavior-data-commands-ncmd-rebirth-verb, -name, -value; payloads-ncmd-qos, -retain, -seq, -timestamp
    [Fact]
    public async Task Data_without_a_birth_are_quarantined_and_the_edge_node_hears_a_rebirth_request()
    {
        await using var listener = await StartAsync();
        using var edge = await ConnectAsync(listener);
        await edge.SendAsync(Subscribe("spBv1.0/Plant 1/NCMD/Edge-7/#", 0));
        Assert.Equal("SUBACK id=9 00", await edge.HearAsync());
        await edge.SendAsync(Message("DDATA", SparkplugBytes.Payload(Start, 57, Energy(101, null)), "/D1"));
        var heard = await edge.HearAsync();
        Assert.StartsWith("PUBLISH spBv1.0/Plant 1/NCMD/Edge-7 qos=0 ", heard, StringComparison.Ordinal);
        Assert.Equal(
            $"ts={Start} [name='Node Control/Rebirth' ts={Start} Boolean Boolean=1 → it is of data type Boolean, not a number]",
            PayloadText.Of(Convert.FromHexString(heard.Split(' ')[^1])));
        var batch = Assert.Single(listener.Sink.Taken);
        Assert.Equal(RefusalCodes.NoBirth, Assert.Single(batch.Refusals).Code);
        Assert.Empty(batch.Readings);
    }

    [Theory]
    [InlineData("spBv1.0/Plant 1/DDATA/Edge-8/D1")]
    [InlineData("spBv1.0/Plant 2/NDATA/Edge-7")]
    [InlineData("spBv1.0/STATE/county")]
    [InlineData("spBv1.0/Plant 1/NCMD/Edge-8")]
    public async Task Edge_node_may_say_nothing_for_another(string topic)
    {
        await using var listener = await StartAsync();
        using var edge = await ConnectAsync(listener, version: MqttVersion.V5);
        await edge.SendAsync(output => new PublishPacket(
            Encoding.UTF8.GetBytes(topic), SparkplugBytes.Payload(Start, 0), 1, 5).Write(output, MqttVersion.V5));
        Assert.StartsWith("PUBACK id=5 code=135", await edge.HearAsync(), StringComparison.Ordinal);
        Assert.Empty(listener.Sink.Taken);
    }

    [Theory]
    [InlineData("spBv1.0/#"), InlineData("spBv1.0/Plant 1/+/Edge-7"), InlineData("spBv1.0/Plant 1/NCMD/Edge-8")]
    public async Task Edge_node_may_not_hear_what_is_for_another(string filter)
    {
        await using var listener = await StartAsync();
        using var edge = await ConnectAsync(listener);
        await edge.SendAsync(Subscribe(filter, 1));
        Assert.Equal("SUBACK id=9 80", await edge.HearAsync());
    }

    // The NDEATH of an edge node that is gone without a word is its will.
    [Fact]
    public async Task Will_of_an_edge_node_makes_it_stale_so_that_data_need_a_birth_again()
    {
        await using var listener = await StartAsync();
        var death = new MqttWill(
            "spBv1.0/Plant 1/NDEATH/Edge-7", SparkplugBytes.Payload(Start, null, SparkplugBytes.BdSeq(3)), 1, false, MqttProperties.None);
        using (var first = await MqttPeer.OpenAsync(listener.Port))
        {
            await first.SendAsync(MqttPeer.Connect(user: User, will: death));
            Assert.StartsWith("CONNACK", await first.HearAsync(), StringComparison.Ordinal);
            await first.SendAsync(
                Message("NBIRTH", SparkplugBytes.Payload(Start, 0, SparkplugBytes.BdSeq(3))),
                Message("DBIRTH", SparkplugBytes.Payload(Start, 1, Energy(100, "Energy/Import")), "/D1"));
            await Eventually.HoldsAsync(() => listener.Sink.Readings.Count == 1, "it is born");
            first.Reset();
        }
        await Eventually.HoldsAsync(
            () => listener.Services.GetRequiredService<SparkplugHost>().Alive == 0, "its will was said");
        using var again = await ConnectAsync(listener);
        await again.SendAsync(Message("DDATA", SparkplugBytes.Payload(Start, 2, Energy(101, null)), "/D1"));
        await Eventually.HoldsAsync(() => listener.Sink.Taken.Count == 2, "its data are refused");
        Assert.Equal(RefusalCodes.NoBirth, Assert.Single(listener.Sink.Taken[^1].Refusals).Code);
        Assert.Single(listener.Sink.Readings);
    }

    [Fact]
    public async Task What_was_held_back_is_stored_when_the_missing_message_comes()
    {
        await using var listener = await StartAsync();
        using var edge = await ConnectAsync(listener);
        await edge.SendAsync(
            Message("NBIRTH", SparkplugBytes.Payload(Start, 0, SparkplugBytes.BdSeq(0))),
            Message("DDATA", SparkplugBytes.Payload(Start, 2, Energy(101, null)), "/D1"),
            Message("DBIRTH", SparkplugBytes.Payload(Start, 1, Energy(100, "Energy/Import")), "/D1"));
        await Eventually.HoldsAsync(() => listener.Sink.Readings.Count == 2, "both are stored");
        Assert.Equal([100, 101], listener.Sink.Readings.Select(reading => reading.Value).Order());
    }

    [Fact]
    public async Task Birth_of_QoS_1_is_acknowledged_after_its_receipt()
    {
        await using var listener = await StartAsync();
        listener.Sink.Holds = true;
        using var edge = await ConnectAsync(listener);
        var birth = SparkplugBytes.Payload(Start, 0, SparkplugBytes.BdSeq(0), Energy(1, "D1/Energy/Import"));
        await edge.SendAsync(output => new PublishPacket(
            "spBv1.0/Plant 1/NBIRTH/Edge-7"u8.ToArray(), birth, 1, 5).Write(output, MqttVersion.V311));
        await Eventually.HoldsAsync(() => listener.Sink.Held == 1, "it is in the sink");
        await edge.PingAsync();
        Assert.Equal("PINGRESP", await edge.HearAsync());
        listener.Sink.StoreAll();
        Assert.Equal("PUBACK id=5 code=0", await edge.HearAsync());
    }

    // The first attempt was taken into the sequence and decoded; but it is not stored, so it must be put again.
    [Fact]
    public async Task Message_of_QoS_1_that_was_taken_but_not_stored_is_stored_before_its_repetition_is_acknowledged()
    {
        await using var listener = await StartAsync();
        var data = SparkplugBytes.Payload(Start, 2, Energy(101, null));
        using (var edge = await ConnectAsync(listener))
        {
            await edge.SendAsync(
                Message("NBIRTH", SparkplugBytes.Payload(Start, 0, SparkplugBytes.BdSeq(0))),
                Message("DBIRTH", SparkplugBytes.Payload(Start, 1, Energy(100, "Energy/Import")), "/D1"));
            await Eventually.HoldsAsync(() => listener.Sink.Readings.Count == 1, "it is born");
            listener.Sink.Fault = _ => new NotStoredException("the disk is full");
            await edge.SendAsync(Data(data, duplicate: false));
            await Eventually.HoldsAsync(() => listener.Connected == 0, "it ends without an acknowledgement");
        }
        listener.Sink.Fault = null;
        listener.Sink.Holds = true;
        var before = listener.Sink.Taken.Count;
        using var again = await ConnectAsync(listener);
        await again.SendAsync(Data(data, duplicate: true));
        await Eventually.HoldsAsync(() => listener.Sink.Taken.Count > before, "it is put again");
        Assert.Equal(101, Assert.Single(listener.Sink.Taken[^1].Readings).Value);
        await again.PingAsync();
        Assert.Equal("PINGRESP", await again.HearAsync());
        listener.Sink.StoreAll();
        Assert.Equal("PUBACK id=5 code=0", await again.HearAsync());
    }

    static Action<System.Buffers.IBufferWriter<byte>> Data(byte[] payload, bool duplicate) => output =>
        new PublishPacket("spBv1.0/Plant 1/DDATA/Edge-7/D1"u8.ToArray(), payload, 1, 5, duplicate)
            .Write(output, MqttVersion.V311);

    static SparkplugBytes Energy(double value, string? name) => SparkplugBytes.Metric(name, 1, Start, value, unit: name is null ? null : "kWh");

    static async Task<ListenerUnderTest> StartAsync()
    {
        var listener = await ListenerUnderTest.StartAsync(Options);
        var gateway = ListenerUnderTest.Snapshot(1).Gateway("GW-01")! with { Username = User, Dialect = SparkplugDialect.Known };
        listener.Registry.Set(Some.Registry(meters: [Some.Meter(address: "D1")], gateways: [gateway], version: 2));
        return listener;
    }

    static Task<MqttPeer> ConnectAsync(ListenerUnderTest listener, MqttVersion version = MqttVersion.V311) =>
        MqttPeer.ConnectAsync(listener.Port, version, user: User);

    static Action<System.Buffers.IBufferWriter<byte>> Subscribe(string filter, int qos) => output =>
        new SubscribePacket(9, [new Subscription(filter, qos, 0)], MqttProperties.None).Write(output, MqttVersion.V311);

    static Action<System.Buffers.IBufferWriter<byte>> Message(string kind, byte[] payload, string device = "") => output =>
        new PublishPacket(Encoding.UTF8.GetBytes($"spBv1.0/Plant 1/{kind}/Edge-7{device}"), payload, 0).Write(output, MqttVersion.V311);

    static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));
}
