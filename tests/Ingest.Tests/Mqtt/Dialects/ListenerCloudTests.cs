using System.Buffers;
using System.IO.Compression;
using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Dialects;

/// <summary>
/// Gateways that want to be answered, on the listener's own port: without the reply they repeat, or never start; with one
/// before its message is durable, readings are lost.
/// </summary>
public sealed class ListenerCloudTests
{
    const string Serial = "12109132830001";
    const string Data =
        """{"type":"data","time":"20260317144430","gwSN":"12109132830001","meterSN":"12109132830004","ch":0,"ct":40,"wh":8.98}""";

    [Fact]
    public async Task Acrel_gateway_logs_in_sets_its_clock_delivers_and_is_answered_each_time()
    {
        await using var listener = await StartAsync("acrel", Serial, "12109132830004");
        using var gateway = await ConnectAsync(listener, Serial);
        await gateway.SendAsync(Subscribe($"/server/acrelHW/AWT100/+/{Serial}"));
        Assert.Equal("SUBACK id=9 01", await gateway.HearAsync());

        await gateway.SendAsync(Say(gateway, 1, "login", """{"type":"login","gwSN":"12109132830001","ver":1011}"""));
        Assert.Equal(["PUBACK id=1 code=0", Reply("login", """{"type":"login","res":1}""", 1)], await gateway.HearAsync(2));
        await gateway.SendAsync(output => new AckPacket(PacketType.PubAck, 1).Write(output, MqttVersion.V311));
        await gateway.SendAsync(Say(gateway, 2, "time", """{"type":"time","gwSN":"12109132830001","utc":"8"}"""));
        var local = Some.Calendar.Local(Domain.Time.Instant.From(listener.Clock.GetUtcNow()));
        Assert.Equal(
            // At most once: kept for later it would set the clock wrong.
            ["PUBACK id=2 code=0", Reply("time", $$"""{"type":"time","res":1,"time":"{{local:yyyyMMddHHmmss}}"}""", 0)],
            await gateway.HearAsync(2));

        listener.Sink.Holds = true;
        await gateway.SendAsync(Say(gateway, 3, "data", Data));
        await Eventually.HoldsAsync(() => listener.Sink.Held == 1, "the sink has it");
        await gateway.PingAsync();
        // Neither acknowledged nor answered before it is durable.
        Assert.Equal("PINGRESP", await gateway.HearAsync());
        listener.Sink.StoreAll();
        Assert.Equal(["PUBACK id=3 code=0", Reply("data", """{"type":"data","res":1}""", 2)], await gateway.HearAsync(2));
        var reading = Assert.Single(listener.Sink.Readings);
        Assert.Equal((8.98, "2026-03-17T06:44:30.000Z"), (reading.Value, reading.At.ToString()));
    }

    [Fact]
    public async Task What_storage_does_not_take_is_not_answered()
    {
        await using var listener = await StartAsync("acrel", Serial, "12109132830004");
        listener.Sink.Fault = _ => new NotStoredException("the disk is full");
        using var gateway = await ConnectAsync(listener, Serial);
        await gateway.SendAsync(Say(gateway, 1, "data", Data));
        Assert.Equal("closed", await gateway.HearAsync());
    }

    [Fact]
    public async Task What_is_sent_again_is_answered_again_and_is_the_same_reading()
    {
        await using var listener = await StartAsync("acrel", Serial, "12109132830004");
        using var gateway = await ConnectAsync(listener, Serial);
        for (var id = 1; id <= 2; id++)
        {
            await gateway.SendAsync(Say(gateway, id, "data", Data));
            Assert.Equal([$"PUBACK id={id} code=0", Reply("data", """{"type":"data","res":1}""", 0)], await gateway.HearAsync(2));
        }
        Assert.Equal(2, listener.Sink.Readings.Count);
        Assert.Single(listener.Sink.Readings.Distinct());
    }

    [Fact]
    public async Task What_cannot_be_read_is_kept_and_answered()
    {
        await using var listener = await StartAsync("acrel", Serial, "12109132830004");
        using var gateway = await ConnectAsync(listener, Serial);
        await gateway.SendAsync(Say(gateway, 1, "data", Data[..40]));
        Assert.Equal(["PUBACK id=1 code=0", Reply("data", """{"type":"data","res":1}""", 0)], await gateway.HearAsync(2));
        Assert.Equal(RefusalCodes.Malformed, Assert.Single(Assert.Single(listener.Sink.Taken).Refusals).Code);
    }

    [Fact]
    public async Task Tuya_gateway_is_answered_where_it_asks_for_it()
    {
        await using var listener = await StartAsync("tuyalink", "dev-1");
        using var gateway = await ConnectAsync(listener, "dev-1", MqttVersion.V5);
        await gateway.SendAsync(Report(5, ack: 0));
        Assert.Equal("PUBACK id=5 code=0", await gateway.HearAsync());
        await gateway.SendAsync(Report(6, ack: 1));
        var at = Domain.Time.Instant.From(listener.Clock.GetUtcNow()).UnixMilliseconds;
        var answer = Hex($$"""{"msgId":"m-6","time":{{at}},"code":0}""");
        Assert.Equal(
            ["PUBACK id=6 code=0", $"PUBLISH tylink/dev-1/thing/property/report_response qos=0 {answer}"],
            await gateway.HearAsync(2));
        Assert.All(listener.Sink.Readings, reading => Assert.Equal(
            (7.5, "2026-03-17T06:44:30.000Z"), (reading.Value, reading.At.ToString())));

        Action<IBufferWriter<byte>> Report(int id, int ack) => gateway.Publish(
            id,
            """{"msgId":"m-NO","time":1773729870,"sys":{"ack":ACK},"data":{"energy_import":{"value":"7.5","time":1773729870000}}}"""
                .Replace("NO", $"{id}", StringComparison.Ordinal).Replace("ACK", $"{ack}", StringComparison.Ordinal),
            "tylink/dev-1/thing/property/report");
    }

    [Fact]
    public async Task Huawei_batch_of_child_devices_is_stored_and_one_that_is_unknown_harms_none()
    {
        await using var listener = await StartAsync("huawei-iotda", "gw-dev", "child-1", "child-2");
        using var gateway = await ConnectAsync(listener, "gw-dev", MqttVersion.V5);
        await gateway.SendAsync(gateway.Publish(
            5,
            """
            {"devices":[{"device_id":"child-1","services":[{"service_id":"e","properties":{"energy_import":"1"},"event_time":"20260317T064430Z"}]},
            {"device_id":"child-9","services":[{"service_id":"e","properties":{"energy_import":9},"event_time":"20260317T064430Z"}]},
            {"device_id":"child-2","services":[{"service_id":"e","properties":{"energy_import":2},"event_time":"2026-03-17T06:44:30.000Z"}]}]}
            """,
            "$oc/devices/gw-dev/sys/gateway/sub_devices/properties/report"));
        Assert.StartsWith("PUBACK id=5 code=153", await gateway.HearAsync());
        Assert.Equal([1.0, 2.0], listener.Sink.Readings.Select(reading => reading.Value));
        Assert.All(listener.Sink.Readings, reading => Assert.Equal("2026-03-17T06:44:30.000Z", reading.At.ToString()));
        Assert.Equal(RefusalCodes.UnknownMeter, Assert.Single(Assert.Single(listener.Sink.Taken).Refusals).Code);
    }

    [Fact]
    public async Task Platform_gateway_with_zlib_is_read_and_one_with_lzo_is_refused_with_the_reason()
    {
        await using var listener = await StartAsync("acrel-platform", Serial, "sub-1");
        using var gateway = await ConnectAsync(listener, Serial);
        const string report = """{"method":"report","msgid":7,"timestamp":1773729870,"reported":{"meters":[{"addr":"sub-1","EPI":"5.5"}]}}""";
        await gateway.SendAsync(Publish(1, Pack(Encoding.UTF8.GetBytes(report)), $"data/up/pk/{Serial}"));
        var heard = await gateway.HearAsync(2);
        Assert.Equal("PUBACK id=1 code=0", heard[0]);
        Assert.StartsWith($"PUBLISH data/down/pk/{Serial} qos=0", heard[1]);
        Assert.Equal(5.5, Assert.Single(listener.Sink.Readings).Value);

        await gateway.SendAsync(Publish(2, Pack(new byte[10_000_000]), $"data/up/pk/{Serial}"));
        Assert.Equal("PUBACK id=2 code=0", await gateway.HearAsync());
        Assert.Contains("more than 1048576 bytes", Assert.Single(listener.Sink.Taken[1].Refusals).Detail);

        await gateway.SendAsync(gateway.Publish(
            3, """{"method":"login","msgid":8,"timestamp":1,"payload":{"compress":"1","compressAlgo":"LZO"}}""", $"sys/dev/pk/{Serial}"));
        heard = await gateway.HearAsync(2);
        Assert.Equal("PUBACK id=3 code=0", heard[0]);
        Assert.Contains(Hex("\"res\":0"), heard[1]);
        Assert.Contains("LZO", Assert.Single(listener.Sink.Taken[2].Refusals).Detail);
    }

    // From the makers' tables of topics: on 3.1.1 the first that were refused would close the connection.
    [Theory]
    [InlineData("huawei-iotda", "$oc/devices/me/sys/messages/up", "$oc/devices/me/user/mine", "$oc/devices/me/sys/gateway/sub_devices/update_status")]
    [InlineData("tuyalink", "tylink/me/thing/model/get", "tylink/me/ext/file/upload/request", "tylink/me/device/topo/get")]
    [InlineData("aliyun-alink", "/ext/session/pk/me/combine/login", "/sys/pk/me/thing/list/found", "/ota/device/inform/pk/me")]
    [InlineData("jetlinks", "/p/me/child/c/connected", "/p/me/child/c/properties/read/reply", "/p/me/metadata/derived")]
    public async Task What_a_maker_documents_does_not_close_the_connection(string dialect, params string[] topics)
    {
        await using var listener = await StartAsync(dialect, "me");
        using var gateway = await ConnectAsync(listener, "me");
        for (var id = 1; id <= topics.Length; id++)
        {
            await gateway.SendAsync(gateway.Publish(id, "{}", topics[id - 1]));
            Assert.Equal($"PUBACK id={id} code=0", await gateway.HearAsync());
        }
        Assert.Empty(listener.Sink.Readings);
    }

    [Fact]
    public void A_broker_is_not_asked_for_what_we_say_to_a_gateway_ourselves()
    {
        var catalog = DialectCatalog.Load([Repository.PathOf("seeds", "dialects")]);
        var gateway = Some.Gateway("GW-01") with { Username = "me" };
        Assert.All(catalog.All, dialect => Assert.Empty(
            dialect.Heard(gateway, isAlone: true).Where(up => up.EndsWith('#') && dialect.Downward(gateway).Any(down => MqttTopic.Covers(up, down)))));
        Assert.Contains("tylink/me/#", catalog.Find("tuyalink")!.Upward(gateway));
        Assert.DoesNotContain("tylink/me/#", catalog.Find("tuyalink")!.Heard(gateway, isAlone: true));
    }

    // Every topic names its gateway: what stands there is its user name, byte for byte, and nothing else.
    [Theory]
    [InlineData("acrel", "/gw/acrelHW/p/data/{0}", "/server/acrelHW/+/+/{0}")]
    [InlineData("acrel-platform", "data/up/pk/{0}", "data/down/+/{0}")]
    [InlineData("acrel-platform", "sys/dev/pk/{0}", "sys/server/pk/{0}")]
    [InlineData("huawei-iotda", "$oc/devices/{0}/sys/properties/report", "$oc/devices/{0}/sys/#")]
    [InlineData("huawei-iotda", "$oc/devices/{0}/sys/gateway/sub_devices/properties/report", "$oc/devices/{0}/sys/commands/#")]
    [InlineData("tuyalink", "tylink/{0}/thing/property/report", "tylink/{0}/#")]
    [InlineData("aliyun-alink", "/sys/pk/{0}/thing/event/property/post", "/sys/pk/{0}/thing/#")]
    [InlineData("jetlinks", "/p/{0}/properties/report", "/p/{0}/function/invoke")]
    public async Task A_neighbour_can_neither_publish_as_another_nor_hear_what_is_said_to_it(
        string dialect, string up, string down)
    {
        await using var listener = await StartAsync(dialect, "me");
        using var me = await ConnectAsync(listener, "me", MqttVersion.V5);
        foreach (var other in new[] { "neighbour", "m", "mee", "me2", "ME", "x/me", "me " })
        {
            await me.SendAsync(me.Publish(1, "{}", Of(up, other)), Subscribe(Of(down, other), MqttVersion.V5));
            Assert.Equal(["PUBACK id=1 code=135", "SUBACK id=9 87"], (await me.HearAsync(2)).Order());
        }
        foreach (var wide in new[] { "+", "#" })
        {
            var filter = Of(down, wide);
            if (wide == "#") filter = filter[..(filter.IndexOf('#') + 1)];
            await me.SendAsync(Subscribe(filter, MqttVersion.V5));
            Assert.Equal("SUBACK id=9 87", await me.HearAsync());
        }
        Assert.Empty(listener.Sink.Taken);
        await me.SendAsync(Subscribe(Of(down, "me"), MqttVersion.V5));
        Assert.Equal("SUBACK id=9 01", await me.HearAsync());
    }

    static string Of(string topic, string name) => topic.Replace("{0}", name, StringComparison.Ordinal);

    static Task<MqttPeer> ConnectAsync(ListenerUnderTest listener, string user, MqttVersion version = MqttVersion.V311) =>
        MqttPeer.ConnectAsync(listener.Port, version, user: user);

    static Action<IBufferWriter<byte>> Subscribe(string filter, MqttVersion version = MqttVersion.V311) =>
        output => new SubscribePacket(9, [new Subscription(filter, 1, 0)], MqttProperties.None).Write(output, version);

    static Action<IBufferWriter<byte>> Say(MqttPeer gateway, int id, string command, string payload) =>
        gateway.Publish(id, payload, $"/gw/acrelHW/AWT100/{command}/{Serial}");

    static Action<IBufferWriter<byte>> Publish(int id, byte[] payload, string topic) =>
        output => new PublishPacket(Encoding.UTF8.GetBytes(topic), payload, 1, (ushort)id, false, false, null)
            .Write(output, MqttVersion.V311);

    static string Reply(string command, string payload, int id)
    {
        var said = id == 0 ? "qos=0" : $"qos=1 id={id}";
        return $"PUBLISH /server/acrelHW/AWT100/{command}/{Serial} {said} {Hex(payload)}";
    }

    static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));

    static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var packing = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) packing.Write(bytes);
        return packed.ToArray();
    }

    // GW-01 speaks the dialect under this user name; its meters have these addresses, or there is one without.
    internal static async Task<ListenerUnderTest> StartAsync(string dialect, string username, params string[] meters)
    {
        var listener = await ListenerUnderTest.StartAsync();
        var gateway = ListenerUnderTest.Snapshot(2).Gateway("GW-01")! with { Dialect = dialect, Username = username };
        var all = meters.Length == 0 ? [Some.Meter()]
            : meters.Select((address, i) => Some.Meter(i + 1, $"M-{i + 1}", address: address)).ToArray();
        listener.Registry.Set(Some.Registry(meters: all, gateways: [gateway], version: 2));
        return listener;
    }
}
