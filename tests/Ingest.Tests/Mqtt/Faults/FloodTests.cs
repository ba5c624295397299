using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using EnergyWatch.Domain.Access;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;
using EnergyWatch.Ingest.Tests.Mqtt.Door;
using EnergyWatch.Ingest.Tests.Pipeline;
using EnergyWatch.Support;

namespace EnergyWatch.Ingest.Tests.Mqtt.Faults;

/// <summary>One gateway sends twenty times as much as each of a hundred others, while the store stands still.</summary>
public sealed class FloodTests : IDisposable
{
    const int Others = 100;
    const int Each = 10;
    const int Flood = Each * 20;
    const string Flooder = "F-0";

    readonly Socket _flood = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = 16_384 };

    [Fact]
    public async Task Flooding_gateway_gets_its_turn_like_any_other_and_all_is_acknowledged()
    {
        var registry = Some.Registry(
            meters: Enumerable.Range(0, Others + 1).Select(i => Some.Meter(i + 1, $"M-{i}", gateway: $"F-{i}")),
            gateways: Enumerable.Range(0, Others + 1).Select(
                i => Some.Gateway($"F-{i}", secretHash: SecretHash.Create("s", 10))), version: 2);
        await using var bench = new PipelineBench(new PipelineOptions { Capacity = 10, MaxBatch = 10 }, registry);
        await bench.StartAsync();
        await using var listener = await ListenerUnderTest.StartAsync(sink: bench.Pipeline);
        listener.Registry.Set(registry);
        bench.Series.Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        // The order in which they are written, by meter: 1 is the flooder's.
        var written = new List<int>();
        bench.Series.Fault = batch =>
        {
            foreach (var reading in batch.Span) written.Add(reading.Series.Meter.Value);
            return null;
        };
        using var flooder = await MqttPeer.ConnectAsync(listener.Port, clientId: "f", user: Flooder, secret: "s");
        await flooder.SendAsync([.. Enumerable.Range(0, Flood).Select(i => Reading(flooder, 0, i))]);
        await Eventually.HoldsAsync(() => listener.InFlight == 128, "its window is full");
        var others = new List<MqttPeer>();
        for (var i = 1; i <= Others; i++)
        {
            var peer = await MqttPeer.ConnectAsync(listener.Port, clientId: $"c{i}", user: $"F-{i}", secret: "s");
            await peer.SendAsync([.. Enumerable.Range(0, Each).Select(n => Reading(peer, i, n))]);
            others.Add(peer);
        }
        await Eventually.HoldsAsync(() => listener.InFlight == 128 + Others * Each, "all that may be taken is taken");
        bench.Series.Gate.SetResult();
        foreach (var peer in others)
            Assert.Equal(Enumerable.Range(1, Each).Select(id => $"PUBACK id={id} code=0"), await peer.HearAsync(Each));
        Assert.Equal(Enumerable.Range(1, Flood).Select(id => $"PUBACK id={id} code=0"), await flooder.HearAsync(Flood));
        Assert.Equal(Flood + Others * Each, bench.Series.Store.Count);
        // One at a time each: by when half of the others' is written, the flooder had what was in the pipeline already and
        // about one for each of theirs. In the order of arrival it would have had its whole window first.
        var (theirs, its) = (0, 0);
        foreach (var meter in written)
        {
            if (meter == 1) its++;
            else if (++theirs == Others * Each / 2) break;
        }
        Assert.InRange(its, 1, 2 * bench.Options.Capacity + 2 * Each);
        others.ForEach(peer => peer.Dispose());
    }

    [Theory, InlineData(16), InlineData(1_000), InlineData(100_000)]
    public async Task What_is_held_of_a_flooding_gateway_is_bounded(int size)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        listener.Sink.CloseDoor();
        using var neighbour = await MqttPeer.ConnectAsync(listener.Port, clientId: "neighbour");
        await _flood.ConnectAsync(IPAddress.Loopback, listener.Port, Eventually.Soon());
        var packets = new ArrayBufferWriter<byte>();
        MqttPeer.Connect(clientId: "flood")(packets);
        var sent = (long)await _flood.SendAsync(packets.WrittenMemory, SocketFlags.None, Eventually.Soon());
        packets.Clear();
        var (payload, topic) = (new byte[size], Encoding.ASCII.GetBytes("energywatch/v1/GW-01/readings"));
        for (var id = 1; packets.WrittenCount < 8 * 1024 * 1024 && id < 60_000; id++)
            new PublishPacket(topic, payload, 1, (ushort)id).Write(packets, MqttVersion.V311);
        var (taken, _) = await KernelSocket.FillAsync(
            _flood, packets.WrittenMemory, sent, neighbour, () => listener.HoldsBack);
        // The window (1 MiB), a look ahead for pings of one largest packet, and what the socket is read ahead.
        Assert.InRange(taken, 1, (1024 + 256 + 2 * 64 + 100) * 1024);
        Assert.InRange(listener.InFlight, 1, 128);
        await neighbour.PingAsync();
        Assert.Equal("PINGRESP", await neighbour.HearAsync());
    }

    public void Dispose() => _flood.Dispose();

    static Action<IBufferWriter<byte>> Reading(MqttPeer peer, int gateway, int number) => peer.Publish(
        number + 1, FormattableString.Invariant(
            $"{{\"meter\":\"M-{gateway}\",\"ts\":{1_773_730_320_000 - number * 1000L},\"values\":{{\"energy_import\":{number}}}}}"),
        $"energywatch/v1/F-{gateway}/readings");
}
