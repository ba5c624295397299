using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Brokers;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Tests.Mqtt.Brokers;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Dialects;

/// <summary>Gateways of other makes behind a broker of the site.</summary>
public sealed class BrokerDialectTests
{
    const string Sensor = """{"Time":"2026-03-17T14:44:30","ENERGY":{"Total":1066}}""";

    static readonly DialectCatalog Shipped = DialectCatalog.Load([Repository.PathOf("seeds", "dialects")]);

    [Fact]
    public async Task What_they_publish_is_subscribed_to_and_stored_under_their_meters()
    {
        using var broker = new FakeBroker();
        await using var source = Start(broker, "tasmota");
        var (_, subscribe) = await broker.AcceptAsync();
        Assert.Contains("tele/GW-01/#:1", subscribe, StringComparison.Ordinal);
        await broker.PublishAsync(5, Sensor, "tele/GW-01/SENSOR");
        Assert.Equal("PUBACK id=5 code=0", await broker.HearAsync());
        Assert.Equal(1066, Assert.Single(source.Sink.Readings).Value);
        Assert.Equal("mqtt:GW-01", source.Sink.Taken[0].Source);
    }

    [Fact]
    public async Task What_a_broker_kept_is_stored_only_where_it_says_its_own_time()
    {
        using var broker = new FakeBroker();
        await using var source = Start(broker, "tasmota");
        await broker.AcceptAsync();
        await broker.SendAsync(Kept(5, """{"ENERGY":{"Total":1065}}""", "tele/GW-01/SENSOR"));
        await broker.SendAsync(Kept(6, Sensor, "tele/GW-01/SENSOR"));
        await broker.SendAsync(Kept(7, """{"meter":"M-0001","values":{"power":1}}""", "energywatch/v1/GW-01/readings"));
        await broker.SendAsync(Kept(8, """{"meter":"M-0001","ts":1773729900000,"values":{"power":2}}""", "energywatch/v1/GW-01/readings"));
        foreach (var id in new[] { 5, 6, 7, 8 }) Assert.Equal($"PUBACK id={id} code=0", await broker.HearAsync());
        Assert.Equal([1066.0, 2.0], source.Sink.Readings.Select(reading => reading.Value));
        Assert.All(source.Sink.Readings, reading => Assert.Equal(Doubt.None, reading.Doubt));
    }

    [Fact]
    public async Task Topics_that_name_no_gateway_belong_to_the_one_the_broker_is_for()
    {
        using var broker = new FakeBroker();
        await using var source = Start(broker, "wiren-board", "GW-01", "wb-map3e_15");
        await broker.AcceptAsync();
        await broker.PublishAsync(5, "42.6", "/devices/wb-map3e_15/controls/Total P");
        await broker.PublishAsync(6, "r", "/devices/wb-map3e_15/controls/Total P/meta/error");
        await broker.PublishAsync(7, "42.6", "/devices/wb-map3e_15/controls/Total P");
        foreach (var id in new[] { 5, 6, 7 }) Assert.Equal($"PUBACK id={id} code=0", await broker.HearAsync());
        Assert.Equal(0.0426, Assert.Single(source.Sink.Readings).Value);
        Assert.Contains(source.Life("GW-01")!.Faults, fault => fault.Text.Contains("cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Topics_that_name_nobody_are_not_subscribed_to_where_several_gateways_may_be_behind_the_broker()
    {
        using var broker = new FakeBroker();
        await using var source = new SourceUnderTest(broker.Options(), dialects: Shipped);
        source.Registry.Set(Some.Registry(version: 2, gateways:
            [Some.Gateway("GW-01", dialect: "wiren-board"), Some.Gateway("GW-02", dialect: "tasmota")]));
        source.Start();
        var (_, subscribe) = await broker.AcceptAsync();
        Assert.Equal("SUBSCRIBE id=1 energywatch/v1/+/readings:1 tele/GW-02/#:1 stat/GW-02/#:1", subscribe);
    }

    static SourceUnderTest Start(FakeBroker broker, string dialect, string? sole = null, string? address = null)
    {
        var source = new SourceUnderTest(
            new BrokerOptions { Name = "site", Host = "127.0.0.1", Port = broker.Port, ClientId = "us", DropCounter = "", Mqtt5 = false, Gateway = sole },
            dialects: Shipped);
        source.Registry.Set(Some.Registry(
            meters: [Some.Meter(address: address)], gateways: [Some.Gateway(dialect: dialect)], version: 2));
        return source.Start();
    }

    static Action<System.Buffers.IBufferWriter<byte>> Kept(ushort id, string payload, string topic) => output =>
        new PublishPacket(Encoding.UTF8.GetBytes(topic), Encoding.UTF8.GetBytes(payload), 1, id, Retain: true)
            .Write(output, MqttVersion.V311);
}
