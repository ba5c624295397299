using EnergyWatch.Domain.Registry;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Exchange;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Mqtt.Faults;

/// <summary>What went wrong in another server that gateways deliver to, by the number it is known under, and not here.</summary>
public sealed class CveTests
{
    const string Own = "energywatch/v1/GW-01/";

    static readonly Dictionary<string, Func<Task>> Cases = new()
    {
        ["CVE-2017-7650"] = WildcardsInNamesOpenNoPattern,
        ["CVE-2017-7651"] = StrangersHoldNoMemory,
        ["CVE-2018-12543"] = DollarTopicsHarmNobody,
        ["CVE-2018-12546"] = RevokedMeansNoLongerRetained,
        ["CVE-2018-12550"] = NoRulesAreNoPermission,
        ["CVE-2018-12551"] = MalformedSecretsLetNobodyIn,
        ["CVE-2021-28166"] = ConnAckFromAClientIsRefused,
        ["CVE-2021-34434"] = RevokedMeansNoLongerSubscribed,
        ["CVE-2023-0809"] = FirstPacketThatIsNoConnectTakesNoMemory,
        ["CVE-2023-3592"] = WillsWithWrongPropertiesLeaveNothingBehind,
        ["CVE-2023-28366"] = RepeatedIdentifiersHoldNoMemory,
    };

    public static TheoryData<string> Numbers() => [.. Cases.Keys];

    [Theory, MemberData(nameof(Numbers))]
    public Task Does_not_happen_here(string number) => Cases[number]();

    // A user name or client id made of wildcards passed the check of a pattern with %u or %c.
    static async Task WildcardsInNamesOpenNoPattern()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions
        {
            TopicRules = ["* both u/%u/x", "GW-01 both c/%c/x", "GW-02 both c/%c/x"],
        });
        foreach (var clientId in new[] { "#", "+", "+/+", "a/b", "$SYS" })
        {
            using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5, clientId);
            await peer.SendAsync(Subscribe("c/+/x", "c/#"));
            Assert.Equal("SUBACK id=9 8787", await peer.HearAsync());
            await peer.SendAsync(peer.Publish(1, "x", "c/GW-02/x"));
            Assert.StartsWith("PUBACK id=1 code=135", await peer.HearAsync());
        }
        using var named = await MqttPeer.ConnectAsync(
            listener.Port, MqttVersion.V5, "n", user: "+/#", secret: "another secret");
        await named.SendAsync(Subscribe("u/+/#", "u/GW-01/x", "u/+/x"));
        Assert.Equal("SUBACK id=9 878787", await named.HearAsync());
        await named.SendAsync(named.Publish(1, "x", "u/GW-01/x"));
        Assert.StartsWith("PUBACK id=1 code=135", await named.HearAsync());
    }

    // Crafted CONNECT packets made it take memory before anybody had logged in.
    static async Task StrangersHoldNoMemory()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        foreach (var hex in new[] { "10ffffff7f", "10818040", "10ffff03" })
        {
            using var peer = await MqttPeer.OpenAsync(listener.Port);
            await peer.SendAsync(Convert.FromHexString(hex));
            Assert.Equal("closed", await peer.HearAsync());
        }
        // A will and a name as large as they can be: within the small limit of a CONNECT or not at all.
        using var large = await MqttPeer.OpenAsync(listener.Port, MqttVersion.V5);
        await large.SendAsync(MqttPeer.Connect(
            MqttVersion.V5, will: new MqttWill(Own + "w", new byte[65_000], 1, false, MqttProperties.None)));
        Assert.Equal("closed", await large.HearAsync());
        await Eventually.HoldsAsync(() => listener.Open == 0, "nothing is left");
    }

    // A topic that begins with a dollar sign and is none of its own ended the whole server.
    static async Task DollarTopicsHarmNobody()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { TopicRules = ["GW-01 both #", "GW-01 both $x/#"] });
        using var other = await MqttPeer.ConnectAsync(listener.Port, clientId: "other");
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(Subscribe("#"));
        Assert.Equal("SUBACK id=9 01", await peer.HearAsync());
        string[] topics = ["$", "$x", "$SYS", "$SYS/broker/version", "$share/g/t", "$/", "$$"];
        for (var i = 0; i < topics.Length; i++)
        {
            await peer.SendAsync(peer.Publish(i + 1, "x", topics[i]));
            Assert.StartsWith($"PUBACK id={i + 1} code=", await peer.HearAsync());
        }
        await other.PingAsync();
        Assert.Equal("PINGRESP", await other.HearAsync());
    }

    // What a client had retained was given to others after it might no longer publish.
    static async Task RevokedMeansNoLongerRetained()
    {
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { TopicRules = ["GW-02 subscribe energywatch/v1/GW-01/#"] });
        using (var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5))
        {
            await peer.SendAsync(peer.Publish(1, "on", Own + "state", retain: true));
            Assert.StartsWith("PUBACK id=1", await peer.HearAsync());
            listener.Registry.Set(ListenerUnderTest.Snapshot(2, withFirst: false));
            Assert.StartsWith("DISCONNECT code=135", await peer.HearAsync());
        }
        await Eventually.HoldsAsync(() => listener.Open == 0, "it is gone");
        using var watcher = await MqttPeer.ConnectAsync(
            listener.Port, MqttVersion.V5, user: "+/#", secret: "another secret");
        await watcher.SendAsync(Subscribe(Own + "#"));
        Assert.Equal("SUBACK id=9 01", await watcher.HearAsync());
        await watcher.PingAsync();
        Assert.Equal("PINGRESP", await watcher.HearAsync());
        Assert.Equal(0, listener.Services.GetRequiredService<MessageExchange>().RetainedCount);
    }

    // An empty list of rules allowed everything.
    static async Task NoRulesAreNoPermission()
    {
        foreach (var nothing in new[] { "", " ", "#", "# a comment" })
            Assert.Equal("TopicRules", new MqttOptions { TopicRules = [nothing] }.Faults().Single().Setting);
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { TopicRules = [] });
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(Subscribe("#", "energywatch/#", "energywatch/v1/GW-02/#", "t", "$SYS/#"));
        Assert.Equal("SUBACK id=9 8787878787", await peer.HearAsync());
        await peer.SendAsync(peer.Publish(1, "x", "t"));
        Assert.StartsWith("PUBACK id=1 code=135", await peer.HearAsync());
    }

    // A malformed entry of the password file was taken for a user without a password.
    static async Task MalformedSecretsLetNobodyIn()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        string[] malformed =
            ["", "x", "$", "$$$", "pbkdf2-sha256$0$$", "pbkdf2-sha256$10$$", "pbkdf2-sha256$10$AA==$AA==", "pbkdf2-sha256$-1$AA==$AA=="];
        var gateways = malformed.Select((hash, i) => Some.Gateway($"M-{i}", secretHash: hash)).Append(Some.Gateway("M-none"));
        listener.Registry.Set(Some.Registry(gateways: gateways, version: 2));
        foreach (var user in malformed.Select((_, i) => $"M-{i}").Append("M-none"))
            foreach (var secret in new[] { null, "", "x" })
            {
                using var peer = await MqttPeer.OpenAsync(listener.Port);
                await peer.SendAsync(MqttPeer.Connect(user: user, secret: secret));
                Assert.Equal("CONNACK code=5", await peer.HearAsync());
            }
    }

    // A CONNACK sent by a client ended the whole server.
    static async Task ConnAckFromAClientIsRefused()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var other = await MqttPeer.ConnectAsync(listener.Port, clientId: "other");
        foreach (var hex in new[] { "2003000000", "20020000", "2000", "200a000007210014240022000a", "900400010000", "d000" })
        {
            using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
            await peer.SendAsync(Convert.FromHexString(hex));
            Assert.StartsWith("DISCONNECT code=13", await peer.HearAsync());
            Assert.Equal("closed", await peer.HearAsync());
        }
        await other.PingAsync();
        Assert.Equal("PINGRESP", await other.HearAsync());
    }

    // A client whose rights were taken while it was away kept its subscriptions.
    static async Task RevokedMeansNoLongerSubscribed()
    {
        await using var listener = await ListenerUnderTest.StartAsync(
            new MqttOptions { TopicRules = ["GW-01 subscribe energywatch/v1/GW-02/#"] });
        using (var peer = await MqttPeer.ConnectAsync(listener.Port, clientId: "kept", clean: false))
        {
            await peer.SendAsync(Subscribe(MqttVersion.V311, "energywatch/v1/GW-02/#"));
            Assert.Equal("SUBACK id=9 01", await peer.HearAsync());
        }
        await Eventually.HoldsAsync(() => listener.Open == 0, "it is away");
        var exchange = listener.Services.GetRequiredService<MessageExchange>();
        listener.Registry.Set(ListenerUnderTest.Snapshot(2, withFirst: false));
        await Eventually.HoldsAsync(() => !exchange.HasSubscriber("energywatch/v1/GW-02/x"u8), "its subscription is gone");
        listener.Registry.Set(ListenerUnderTest.Snapshot(3));
        using var back = await MqttPeer.OpenAsync(listener.Port);
        await back.SendAsync(MqttPeer.Connect(clientId: "kept", clean: false));
        Assert.Equal("CONNACK code=0", await back.HearAsync());
    }

    // First packets that are no CONNECT made it take as much memory as they claimed.
    static async Task FirstPacketThatIsNoConnectTakesNoMemory()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        for (var type = 0; type < 16; type++)
            foreach (var length in new[] { "00", "7f", "ff7f", "808040", "ffffff7f" })
            {
                if (type == 1 && length is "00" or "7f") continue;
                using var peer = await MqttPeer.OpenAsync(listener.Port);
                await peer.SendAsync(Convert.FromHexString($"{type << 4:x2}{length}"));
                if (length is not "00" and not "808040" and not "ffffff7f") peer.CloseSending();
                Assert.Equal("closed", await peer.HearAsync());
            }
        await Eventually.HoldsAsync(() => listener.Open == 0, "nothing is left");
    }

    // Each CONNECT of version 5 whose will had properties that a will may not have left some memory behind.
    static async Task WillsWithWrongPropertiesLeaveNothingBehind()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        PropertyId[] wrong =
            [PropertyId.TopicAlias, PropertyId.ReceiveMaximum, PropertyId.ServerKeepAlive, PropertyId.SharedSubscriptionAvailable];
        foreach (var id in wrong)
        {
            using var peer = await MqttPeer.OpenAsync(listener.Port, MqttVersion.V5);
            await peer.SendAsync(MqttPeer.Connect(
                MqttVersion.V5, will: new MqttWill(Own + "w", "x"u8.ToArray(), 1, true, new MqttProperties([new(id, 1)]))));
            Assert.StartsWith("CONNACK code=13", await peer.HearAsync());
            Assert.Equal("closed", await peer.HearAsync());
        }
        await Eventually.HoldsAsync(() => listener.Open == 0, "nothing is left");
        Assert.Equal(0, listener.Services.GetRequiredService<GatewaySessions>().Count);
        Assert.Equal(0, listener.Services.GetRequiredService<MessageExchange>().RetainedCount);
    }

    // The same identifier of QoS 2 sent again and again, and never released.
    static async Task RepeatedIdentifiersHoldNoMemory()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        for (var round = 0; round < 300; round++)
        {
            await peer.SendAsync(peer.Publish(7, MqttPeer.Reading(1), qos: 2, duplicate: round > 0));
            Assert.Equal("PUBREC id=7 code=0", await peer.HearAsync());
        }
        Assert.Single(listener.Sink.Taken);
        var session = Assert.Single(listener.Services.GetRequiredService<GatewaySessions>().Connected).Session;
        Assert.Equal(1, session!.Received.Count);
    }

    static Action<System.Buffers.IBufferWriter<byte>> Subscribe(params string[] filters) =>
        Subscribe(MqttVersion.V5, filters);

    static Action<System.Buffers.IBufferWriter<byte>> Subscribe(MqttVersion version, params string[] filters) =>
        output => new SubscribePacket(
            9, [.. filters.Select(filter => new Subscription(filter, 1, 1))], MqttProperties.None).Write(output, version);
}
