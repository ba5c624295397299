using System.Buffers;
using System.Net;
using System.Net.Sockets;
using EnergyWatch.Domain.Access;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Door;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace EnergyWatch.Ingest.Tests.Mqtt.Door;

/// <summary>What is done with connections before anybody has logged in.</summary>
public sealed class DoorTests(ITestOutputHelper output) : IDisposable
{
    readonly TempFolder _folder = new();
    readonly List<IDisposable> _open = [];

    [Theory, InlineData(false), InlineData(true)]
    public async Task Silent_connections_displace_each_other_and_shut_no_gateway_out(bool tls)
    {
        await using var listener = await StartAsync(new MqttOptions { MaxStrangersPerAddress = 3 }, tls);
        using var counted = new CountedMetrics(listener.Services.GetRequiredService<MqttMetrics>());
        var port = tls ? listener.TlsPort : listener.Port;
        using var gateway = await MqttPeer.ConnectAsync(listener.Port);
        var silent = new List<Socket>();
        for (var i = 0; i < 10; i++) silent.Add(await OpenAsync(port));
        await Eventually.HoldsAsync(
            () => listener.Open == 4 && counted["energywatch_mqtt_refused_logins_total"] == 7, "three of ten are left");
        // Nobody says anything to them: what can be read is the end.
        await Eventually.HoldsAsync(
            () => silent.Count(one => one.Poll(0, SelectMode.SelectRead)) == 7, "seven are closed");
        using var another = await MqttPeer.ConnectAsync(listener.Port, clientId: "another");
        await gateway.PingAsync();
        Assert.Equal("PINGRESP", await gateway.HearAsync());
    }

    // Their time is an hour: if the stop waited for them, it would take as long as the host lets it.
    [Theory, InlineData(false), InlineData(true)]
    public async Task Stop_does_not_wait_for_strangers(bool tls)
    {
        await using var listener = await StartAsync(new MqttOptions { ConnectTimeout = TimeSpan.FromHours(1) }, tls);
        var port = tls ? listener.TlsPort : listener.Port;
        var strangers = new List<Socket>();
        for (var i = 0; i < 5; i++) strangers.Add(await OpenAsync(port));
        // The beginning of a hello of 512 bytes, and of a CONNECT.
        await strangers[1].SendAsync(
            tls ? new byte[] { 0x16, 3, 1, 2, 0, 1, 0 } : [0x10, 0x20, 0], SocketFlags.None, Eventually.Soon());
        await Eventually.HoldsAsync(() => listener.Open == 5, "all are there");
        await listener.StopAsync();
        Assert.Equal(0, listener.Open);
    }

    [Fact]
    public async Task Accepted_connection_asks_the_network_whether_its_peer_is_there()
    {
        await using var listener = await ListenerUnderTest.StartAsync(new MqttOptions());
        var client = await OpenAsync(listener.Port);
        await Eventually.HoldsAsync(
            () => KernelSocket.At(client.RemoteEndPoint, client.LocalEndPoint) is { ProbesPeer: true }, "it probes");
        await using var without = await ListenerUnderTest.StartAsync(new MqttOptions { TcpKeepAlive = TimeSpan.Zero });
        var other = await OpenAsync(without.Port);
        await Eventually.HoldsAsync(() => without.Open == 1, "it is accepted");
        Assert.False(KernelSocket.At(other.RemoteEndPoint, other.LocalEndPoint)!.ProbesPeer);
    }

    [Fact]
    public async Task Stranger_that_waits_to_be_judged_makes_us_hold_little_of_what_it_sends()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var neighbour = await MqttPeer.ConnectAsync(listener.Port, user: "+/#", secret: "another secret");
        using var busy = await HoldTurnsAsync(listener);
        var client = await OpenAsync(listener.Port);
        var connect = new ArrayBufferWriter<byte>();
        MqttPeer.Connect()(connect);
        await client.SendAsync(connect.WrittenMemory, SocketFlags.None, Eventually.Soon());
        await Eventually.HoldsAsync(() => busy.Waiting == 1, "it waits to be judged");
        var (taken, sent) = await KernelSocket.FillAsync(
            client, new byte[8 * 1024 * 1024], connect.WrittenCount, neighbour, () => busy.Waiting == 1);
        Assert.InRange(taken, 1, 80 * 1024);
        Assert.True(sent > 100 * 1024, "It did not send more than it may.");
    }

    [Fact]
    public async Task Login_that_waits_to_be_judged_is_not_cut_by_the_time_to_connect()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        var busy = await HoldTurnsAsync(listener);
        var peers = new List<MqttPeer>();
        for (var i = 0; i < 50; i++)
        {
            var peer = Keep(await MqttPeer.OpenAsync(listener.Port));
            await peer.SendAsync(MqttPeer.Connect(clientId: $"c{i}"));
            peers.Add(peer);
        }
        await Eventually.HoldsAsync(() => busy.Waiting == 50, "all wait");
        listener.Clock.Advance(TimeSpan.FromMinutes(5));
        busy.Dispose();
        foreach (var peer in peers) Assert.Equal("CONNACK code=0", await peer.HearAsync());
    }

    // After a restart no secret is known. ENERGYWATCH_STORM sets the iterations of the hashes: 20000 are those that
    // are stored; then there are two thousand, which takes 4,000 descriptors of this process. The time is printed.
    [Fact]
    public async Task Hundreds_of_gateways_of_one_address_that_come_at_once_all_get_in()
    {
        var storm = Environment.GetEnvironmentVariable("ENERGYWATCH_STORM");
        var count = storm is null ? 500 : 2_000;
        var iterations = int.Parse(storm ?? "10", System.Globalization.CultureInfo.InvariantCulture);
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Registry.Set(Some.Registry(
            gateways: [.. Enumerable.Range(0, count).Select(
                i => Some.Gateway($"S-{i}", secretHash: SecretHash.Create($"secret {i}", iterations)))], version: 2));
        var began = TimeProvider.System.GetTimestamp();
        var coming = Enumerable.Range(0, count).Select(async i =>
        {
            var peer = await MqttPeer.OpenAsync(listener.Port);
            lock (_open) Keep(peer);
            await peer.SendAsync(MqttPeer.Connect(clientId: $"c{i}", user: $"S-{i}", secret: $"secret {i}"));
            return await peer.HearAsync(TimeSpan.FromMinutes(2));
        }).ToList();
        var answers = await Task.WhenAll(coming);
        output.WriteLine($"{count} logins of {iterations} iterations: {TimeProvider.System.GetElapsedTime(began)}");
        Assert.Equal([("CONNACK code=0", count)], answers.CountBy(answer => answer).Select(one => (one.Key, one.Value)));
    }

    [Fact]
    public async Task Strangers_fill_one_line_of_the_log_per_minute_and_the_rest_is_counted()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var counted = new CountedMetrics(listener.Services.GetRequiredService<MqttMetrics>());
        for (var i = 0; i < 20; i++) await FailAsync(listener, "nobody");
        Assert.Single(Refusals(listener));
        for (var i = 0; i < 3; i++) await FailAsync(listener, "GW-01");
        Assert.Equal(2, Refusals(listener).Count);
        listener.Clock.Advance(TimeSpan.FromMinutes(1));
        await FailAsync(listener, "nobody");
        Assert.EndsWith("19 more like this from there were not logged", Refusals(listener)[^1]);
        Assert.Equal(24, counted["energywatch_mqtt_refused_logins_total"]);
    }

    public void Dispose()
    {
        foreach (var one in _open) one.Dispose();
        _folder.Dispose();
    }

    static List<string> Refusals(ListenerUnderTest listener) =>
        [.. listener.Log.Lines.Select(line => line.Message).Where(
            line => line.StartsWith("MQTT login from", StringComparison.Ordinal))];

    static async Task FailAsync(ListenerUnderTest listener, string user)
    {
        using var peer = await MqttPeer.OpenAsync(listener.Port);
        await peer.SendAsync(MqttPeer.Connect(user: user, secret: "wrong"));
        Assert.Equal("CONNACK code=5", await peer.HearAsync());
        Assert.Equal("closed", await peer.HearAsync());
    }

    async Task<ListenerUnderTest> StartAsync(MqttOptions options, bool tls)
    {
        if (!tls) return await ListenerUnderTest.StartAsync(options);
        using var certificates = new TestCertificates();
        using var own = certificates.Sign("listener");
        await File.WriteAllTextAsync(_folder.File("own.pem"), TestCertificates.Pem(own));
        return await ListenerUnderTest.StartAsync(
            options with { Tls = new MqttTlsOptions { Port = 0, Certificate = _folder.File("own.pem") } });
    }

    async Task<Socket> OpenAsync(int port)
    {
        var socket = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = 16_384 });
        await socket.ConnectAsync(IPAddress.Loopback, port, Eventually.Soon());
        return socket;
    }

    static async Task<HeldTurns> HoldTurnsAsync(ListenerUnderTest listener)
    {
        var turns = listener.Services.GetRequiredService<VerifiedSecrets>().Turns;
        var held = new List<StretchingTurns.Turn>();
        while (held.Count < turns.Places) held.Add((await turns.EnterAsync("GW-99", Eventually.Soon()))!);
        return new HeldTurns(turns, held);
    }

    T Keep<T>(T one) where T : IDisposable
    {
        _open.Add(one);
        return one;
    }

    sealed class HeldTurns(StretchingTurns turns, List<StretchingTurns.Turn> held) : IDisposable
    {
        public int Waiting => turns.Waiting;

        public void Dispose() => held.ForEach(turn => turn.Dispose());
    }
}
