using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Tests.Mqtt;

public sealed class ListenerLoginTests
{
    [Theory]
    [InlineData("GW-01", "wrong", "CONNACK code=5"), InlineData("nobody", ListenerUnderTest.Secret, "CONNACK code=5")]
    [InlineData("GW-01", "", "CONNACK code=5"), InlineData("GW-03", "", "CONNACK code=5")]
    [InlineData(null, null, "CONNACK code=5")]
    [InlineData("GW-0+", ListenerUnderTest.Secret, "CONNACK code=5")]
    [InlineData("#", ListenerUnderTest.Secret, "CONNACK code=5")]
    public async Task Stranger_is_refused_in_3_1_1(string? user, string? secret, string answer)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.OpenAsync(listener.Port);
        await peer.SendAsync(MqttPeer.Connect(user: user, secret: secret));
        Assert.Equal(answer, await peer.HearAsync());
        Assert.Equal("closed", await peer.HearAsync());
    }

    [Theory]
    [InlineData("GW-01", "wrong", "CONNACK code=134"), InlineData("nobody", "x", "CONNACK code=134")]
    [InlineData(null, null, "CONNACK code=135")]
    public async Task Stranger_is_refused_in_5(string? user, string? secret, string answer)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.OpenAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(MqttPeer.Connect(MqttVersion.V5, user: user, secret: secret));
        Assert.Equal(answer, await peer.HearAsync());
        Assert.Equal("closed", await peer.HearAsync());
    }

    [Fact]
    public async Task Guessing_is_locked_out_for_a_time_also_with_the_right_secret()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { LockoutFailures = 3 });
        using (await MqttPeer.ConnectAsync(listener.Port)) { }
        for (var i = 0; i < 3; i++) Assert.Equal("CONNACK code=134", await TryAsync(listener, "wrong"));
        Assert.Equal("CONNACK code=159", await TryAsync(listener, ListenerUnderTest.Secret));
        using (await MqttPeer.ConnectAsync(listener.Port, user: "+/#", secret: "another secret")) { }
        listener.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.StartsWith("CONNACK code=0", await TryAsync(listener, ListenerUnderTest.Secret));
    }

    [Fact]
    public async Task Address_that_fails_under_many_names_is_locked_out_but_not_for_secrets_that_were_verified()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { LockoutFailures = 1 });
        using (await MqttPeer.ConnectAsync(listener.Port)) { }
        var guard = (LoginGuard)listener.Services.GetService(typeof(LoginGuard))!;
        for (var i = 0; i < 10; i++) guard.Failed("127.0.0.1", $"GW-{i + 50}");
        Assert.Equal("CONNACK code=159", await TryAsync(listener, "another secret", "+/#"));
        Assert.StartsWith("CONNACK code=0", await TryAsync(listener, ListenerUnderTest.Secret));
    }

    [Fact]
    public async Task Connect_must_be_complete_in_time()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var silent = await MqttPeer.OpenAsync(listener.Port);
        using var slow = await MqttPeer.OpenAsync(listener.Port);
        await slow.SendAsync(new byte[] { 0x10, 0x20, 0x00 });
        await Eventually.HoldsAsync(() => listener.Open == 2, "both are there");
        await Eventually.HoldsAsync(() =>
        {
            listener.Clock.Advance(TimeSpan.FromSeconds(10));
            return listener.Open == 0;
        }, "both timed out");
        Assert.Contains(
            listener.Log.Lines, line => line.Message.Contains("ConnectTimeout", StringComparison.Ordinal));
        Assert.Equal("closed", await silent.HearAsync());
        Assert.Equal("closed", await slow.HearAsync());
    }

    [Theory]
    [InlineData("c000")] // PINGREQ before CONNECT
    [InlineData("3203000161")] // PUBLISH before CONNECT
    [InlineData("10ffffff7f")] // a CONNECT of 256 MB
    [InlineData("10808001")] // a CONNECT just over what a stranger may send
    [InlineData("100f00044d51544a0402003c0001610000")] // not MQTT
    [InlineData("474554202f20485454502f312e310d0a0d0a")] // GET / HTTP/1.1
    [InlineData("160301020001000100")] // a TLS hello
    public async Task Anything_but_a_connect_is_closed_without_a_word(string hex)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.OpenAsync(listener.Port);
        await peer.SendAsync(Convert.FromHexString(hex));
        Assert.Equal("closed", await peer.HearAsync());
    }

    [Theory]
    [InlineData("101200064d514973647002020000000474657374", "CONNACK code=132")] // before MQTT 3.1
    [InlineData("101000044d51545409020000000474657374", "CONNACK code=132")] // level 9
    public async Task Version_we_do_not_speak_is_told_so(string hex, string answer)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.OpenAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(Convert.FromHexString(hex));
        Assert.Equal(answer, await peer.HearAsync());
        Assert.Equal("closed", await peer.HearAsync());
    }

    [Theory, InlineData(MqttVersion.V311), InlineData(MqttVersion.V5)]
    internal async Task Second_connect_ends_the_connection(MqttVersion version)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, version);
        await peer.SendAsync(MqttPeer.Connect(version));
        if (version == MqttVersion.V5) Assert.StartsWith("DISCONNECT code=130", await peer.HearAsync());
        Assert.Equal("closed", await peer.HearAsync());
    }

    [Fact]
    public async Task Empty_client_id_needs_a_clean_session_in_3_1_1()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var kept = await MqttPeer.OpenAsync(listener.Port);
        await kept.SendAsync(MqttPeer.Connect(clientId: "", clean: false));
        Assert.Equal("CONNACK code=2", await kept.HearAsync());
        using var clean = await MqttPeer.OpenAsync(listener.Port);
        await clean.SendAsync(MqttPeer.Connect(clientId: ""));
        Assert.Equal("CONNACK code=0", await clean.HearAsync());
    }

    [Fact]
    public async Task Version_5_client_is_told_its_name_and_what_is_not_offered()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.OpenAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(MqttPeer.Connect(
            MqttVersion.V5, clientId: "", properties: new MqttProperties(
                [new(PropertyId.SessionExpiryInterval, uint.MaxValue)])));
        var answer = await peer.HearAsync();
        Assert.StartsWith("CONNACK code=0 {TopicAliasMaximum=10 AssignedClientIdentifier=auto-", answer);
        Assert.EndsWith(
            " MaximumPacketSize=262144 ReceiveMaximum=128 SharedSubscriptionAvailable=0 SessionExpiryInterval=604800 "
            + "ServerKeepAlive=1200}", answer);
    }

    [Fact]
    public async Task Enhanced_authentication_and_wills_for_topics_of_others_are_refused()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        Assert.Equal("CONNACK code=140", await AnswerAsync(listener, MqttPeer.Connect(
            MqttVersion.V5, properties: new MqttProperties([new(PropertyId.AuthenticationMethod, Text: "SCRAM")]))));
        Assert.Equal("CONNACK code=135", await AnswerAsync(listener, MqttPeer.Connect(
            MqttVersion.V5, will: new MqttWill("energywatch/v1/GW-02/state", default, 1, true, MqttProperties.None))));
        Assert.Equal(
            "CONNACK code=133", await AnswerAsync(listener, MqttPeer.Connect(MqttVersion.V5, clientId: "a\nb")));
    }

    [Fact]
    public async Task Same_client_id_takes_the_session_over()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var first = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5, "a");
        using var second = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5, "a");
        Assert.StartsWith("DISCONNECT code=142", await first.HearAsync());
        Assert.Equal("closed", await first.HearAsync());
        await second.PingAsync();
        Assert.Equal("PINGRESP", await second.HearAsync());
    }

    [Fact]
    public async Task Client_id_of_another_gateway_takes_nothing_over()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var first = await MqttPeer.ConnectAsync(listener.Port, clientId: "a");
        using var other = await MqttPeer.ConnectAsync(
            listener.Port, clientId: "a", user: "+/#", secret: "another secret");
        await first.PingAsync();
        Assert.Equal("PINGRESP", await first.HearAsync());
    }

    [Fact]
    public async Task Session_is_present_again_until_it_expires_or_is_cleaned()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        Assert.Equal("CONNACK code=0", await VisitAsync(listener, clean: false));
        Assert.Equal("CONNACK present code=0", await VisitAsync(listener, clean: false));
        Assert.Equal("CONNACK code=0", await VisitAsync(listener, clean: true));
        Assert.Equal("CONNACK code=0", await VisitAsync(listener, clean: false));
        listener.Clock.Advance(TimeSpan.FromDays(8));
        Assert.Equal("CONNACK code=0", await VisitAsync(listener, clean: false));
    }

    [Fact]
    public async Task Too_many_connections_of_one_address_are_refused()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions { MaxConnectionsPerAddress = 2 });
        using var first = await MqttPeer.ConnectAsync(listener.Port, clientId: "1");
        using (await MqttPeer.ConnectAsync(listener.Port, clientId: "2"))
        {
            using var third = await MqttPeer.OpenAsync(listener.Port);
            await third.SendAsync(MqttPeer.Connect(clientId: "3"));
            Assert.Equal("CONNACK code=3", await third.HearAsync());
            Assert.Equal("closed", await third.HearAsync());
        }
        await Eventually.HoldsAsync(() => listener.Open == 1, "the second is gone");
        using var fourth = await MqttPeer.ConnectAsync(listener.Port, clientId: "4");
    }

    [Fact]
    public async Task Revoked_gateway_is_disconnected_and_cannot_come_back()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port, MqttVersion.V5);
        using var other = await MqttPeer.ConnectAsync(listener.Port, user: "+/#", secret: "another secret");
        listener.Registry.Set(ListenerUnderTest.Snapshot(2, withFirst: false));
        Assert.StartsWith("DISCONNECT code=135", await peer.HearAsync());
        Assert.Equal("CONNACK code=134", await TryAsync(listener, ListenerUnderTest.Secret));
        await other.PingAsync();
        Assert.Equal("PINGRESP", await other.HearAsync());
    }

    [Fact]
    public async Task Changed_secret_disconnects_and_only_the_new_one_logs_in()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var peer = await MqttPeer.ConnectAsync(listener.Port);
        listener.Registry.Set(ListenerUnderTest.Snapshot(2, firstHash: ListenerUnderTest.NewHash()));
        Assert.Equal("closed", await peer.HearAsync());
        Assert.Equal("CONNACK code=134", await TryAsync(listener, ListenerUnderTest.Secret));
        Assert.StartsWith("CONNACK code=0", await TryAsync(listener, "a new secret"));
    }

    static async Task<string> VisitAsync(ListenerUnderTest listener, bool clean)
    {
        using var peer = await MqttPeer.OpenAsync(listener.Port);
        await peer.SendAsync(MqttPeer.Connect(clientId: "kept", clean: clean));
        var answer = await peer.HearAsync();
        await peer.SendAsync(new byte[] { 0xE0, 0x00 });
        Assert.Equal("closed", await peer.HearAsync());
        await Eventually.HoldsAsync(() => listener.Connected == 0, "gone");
        return answer;
    }

    static Task<string> TryAsync(ListenerUnderTest listener, string secret, string user = "GW-01") =>
        AnswerAsync(listener, MqttPeer.Connect(MqttVersion.V5, user: user, secret: secret));

    static async Task<string> AnswerAsync(
        ListenerUnderTest listener, Action<System.Buffers.IBufferWriter<byte>> connect)
    {
        using var peer = await MqttPeer.OpenAsync(listener.Port, MqttVersion.V5);
        await peer.SendAsync(connect);
        return await peer.HearAsync();
    }
}
