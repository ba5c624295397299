using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Mqtt.Faults;

/// <summary>
/// Lengths that somebody made up: judged as soon as they are there, before memory is taken or more is waited for, before
/// CONNECT and after it.
/// </summary>
[Collection(Alone)]
public sealed class OversizedTests
{
    const string Alone = "what is allocated is counted: no other test runs meanwhile";
    const int Seed = 20260317;
    const int Packets = 400;

    // All types, with every length of one to four bytes and more than that.
    [Fact]
    public async Task Made_up_length_before_connect_ends_the_connection_in_the_time_of_a_stranger_at_most()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var gateway = await MqttPeer.ConnectAsync(listener.Port);
        using var counted = new CountedMetrics(listener.Services.GetRequiredService<MqttMetrics>());
        var random = new Random(Seed);
        var before = GC.GetTotalAllocatedBytes();
        long claimed = 0;
        for (var i = 0; i < Packets; i += 20)
        {
            var peers = new List<MqttPeer>();
            for (var k = 0; k < 20; k++)
            {
                var (bytes, length) = Header(random);
                claimed += length;
                var peer = await MqttPeer.OpenAsync(listener.Port);
                await peer.SendAsync(bytes);
                peers.Add(peer);
            }
            var gone = i + 20;
            // Who claimed more than a CONNECT may have, or something else, is gone already; the others wait for nothing.
            await Eventually.HoldsAsync(
                () =>
                {
                    listener.Clock.Advance(TimeSpan.FromSeconds(10));
                    return counted["energywatch_mqtt_ended_total"] == gone;
                }, "all are gone");
            foreach (var peer in peers)
            {
                Assert.Equal("closed", await LastAsync(peer));
                peer.Dispose();
            }
        }
        Assert.True(claimed > 2L * 1024 * 1024 * 1024, "They did not claim much.");
        Assert.True(GC.GetTotalAllocatedBytes() - before < claimed / 4, "Memory was taken for what was claimed.");
        await gateway.PingAsync();
        Assert.Equal("PINGRESP", await gateway.HearAsync());
    }

    [Theory]
    [InlineData(MqttVersion.V311, "30ffffff7f", "closed"), InlineData(MqttVersion.V5, "30ffffff7f", "DISCONNECT code=149")]
    [InlineData(MqttVersion.V311, "32ffffff7f", "closed"), InlineData(MqttVersion.V5, "82ffffff7f", "DISCONNECT code=149")]
    [InlineData(MqttVersion.V311, "30ffffffff", "closed"), InlineData(MqttVersion.V5, "30ffffffff", "closed")]
    [InlineData(MqttVersion.V311, "82818010", "closed"), InlineData(MqttVersion.V5, "3080808001", "DISCONNECT code=149")]
    [InlineData(MqttVersion.V311, "10ffffff7f", "closed"), InlineData(MqttVersion.V5, "c0ffffff7f", "DISCONNECT code=149")]
    internal async Task Length_beyond_the_limit_after_connect_ends_the_connection_at_its_header(
        MqttVersion version, string hex, string answer)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var other = await MqttPeer.ConnectAsync(listener.Port, clientId: "other");
        using var peer = await MqttPeer.ConnectAsync(listener.Port, version);
        await peer.SendAsync(Convert.FromHexString(hex));
        Assert.StartsWith(answer, await peer.HearAsync());
        Assert.Equal("closed", await LastAsync(peer));
        await other.PingAsync();
        Assert.Equal("PINGRESP", await other.HearAsync());
    }

    [Fact]
    public async Task Made_up_length_after_connect_harms_nobody_and_never_outlives_the_keep_alive()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        var random = new Random(Seed);
        for (var i = 0; i < Packets / 4; i++)
        {
            var version = i % 2 == 0 ? MqttVersion.V311 : MqttVersion.V5;
            using var peer = await MqttPeer.ConnectAsync(listener.Port, version, $"c{i}", keepAlive: 60);
            await peer.SendAsync(Header(random).Bytes);
            await Eventually.HoldsAsync(() =>
            {
                listener.Clock.Advance(TimeSpan.FromSeconds(90));
                return listener.Open == 0;
            }, "it is gone");
            Assert.Equal("closed", await LastAsync(peer));
        }
    }

    // One byte at a time: each is something heard, but none is a packet.
    [Fact]
    public async Task Connect_and_publish_that_come_byte_by_byte_are_given_up_in_time()
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        using var stranger = await MqttPeer.OpenAsync(listener.Port);
        await Eventually.HoldsAsync(() => listener.Open == 1, "it is there");
        for (var i = 0; i < 9; i++)
        {
            await stranger.SendAsync(new byte[] { i == 0 ? (byte)0x10 : i == 1 ? (byte)0x40 : (byte)0 });
            listener.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(1, listener.Open);
        await Eventually.HoldsAsync(() =>
        {
            listener.Clock.Advance(TimeSpan.FromSeconds(1));
            return listener.Open == 0;
        }, "the stranger is gone");
        using var gateway = await MqttPeer.ConnectAsync(listener.Port, keepAlive: 60);
        // CONNACK goes out before its silence is watched; whoever is answered a ping is watched.
        await gateway.PingAsync();
        Assert.Equal("PINGRESP", await gateway.HearAsync());
        await gateway.SendAsync(new byte[] { 0x32, 0x60, 0x00 });
        for (var i = 0; i < 89; i++)
        {
            await gateway.SendAsync(new byte[] { 0x41 });
            listener.Clock.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(1, listener.Open);
        listener.Clock.Advance(TimeSpan.FromSeconds(1));
        await Eventually.HoldsAsync(() => listener.Open == 0, "the gateway is gone");
        Assert.Empty(listener.Sink.Taken);
    }

    static (byte[] Bytes, long Length) Header(Random random)
    {
        var bytes = new List<byte> { (byte)random.Next(256) };
        if (random.Next(2) == 0) bytes[0] = 0x10;
        var (length, more) = (0L, random.Next(1, 6));
        for (var i = 0; i < more; i++)
        {
            var group = random.Next(1, 128);
            length |= (long)group << (7 * i);
            bytes.Add((byte)(i + 1 < more || more == 5 ? group | 0x80 : group));
        }
        return ([.. bytes], length);
    }

    // What is said before it is closed, if anything, does not matter here.
    static async Task<string> LastAsync(MqttPeer peer)
    {
        var heard = await peer.HearAsync();
        while (heard != "closed") heard = await peer.HearAsync();
        return heard;
    }

    [CollectionDefinition(Alone, DisableParallelization = true)]
    public sealed class AloneCollection;
}
