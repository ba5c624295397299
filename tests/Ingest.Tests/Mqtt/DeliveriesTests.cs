using System.Buffers;
using System.IO.Pipelines;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Tests.Mqtt;

public sealed class DeliveriesTests
{
    // Whoever sees none may answer at once: an answer that is due and not written must still count.
    [Fact]
    public async Task Message_counts_until_its_answer_is_written()
    {
        using var metrics = new MqttMetrics();
        var flow = new MqttFlow(metrics, []);
        var written = new Pipe();
        var deliveries = new Deliveries(
            MqttVersion.V311, new InFlightWindow(10, 10_000), new MqttOutput(written.Writer, flow), flow);
        for (ushort id = 1; id <= 3; id++) Add(deliveries, id);
        deliveries.Complete();
        var counts = new List<int>();
        await deliveries.RunAsync(
            new ScriptedSink(),
            (_, _, _) => ValueTask.FromResult(Task.FromResult(new IngestReceipt(1, 1, []))),
            (_, _) => counts.Add(deliveries.Count), Eventually.Soon());
        Assert.Equal([3, 3, 3], counts);
        Assert.Equal(0, deliveries.Count);
        Assert.True(written.Reader.TryRead(out var all));
        Assert.Equal("400200014002000240020003", Convert.ToHexStringLower(all.Buffer.ToArray()));
    }

    [Fact]
    public void Window_of_version_5_counts_what_was_received_and_not_released()
    {
        using var metrics = new MqttMetrics();
        var flow = new MqttFlow(metrics, []);
        var deliveries = new Deliveries(
            MqttVersion.V5, new InFlightWindow(1, 10_000), new MqttOutput(new Pipe().Writer, flow), flow);
        var first = Of(1, MqttVersion.V5, qos: 2);
        Assert.True(deliveries.TryBegin(first));
        deliveries.AnswerOf(first);
        var fault = Assert.Throws<MqttProtocolException>(() => deliveries.TryBegin(Of(2, MqttVersion.V5, qos: 1)));
        Assert.Equal(ReasonCode.ReceiveMaximumExceeded, fault.Reason);
        deliveries.Release(1);
        Assert.True(deliveries.TryBegin(Of(2, MqttVersion.V5, qos: 1)));
    }

    static void Add(Deliveries deliveries, ushort id)
    {
        var delivery = Of(id, MqttVersion.V311, qos: 1);
        Assert.True(deliveries.TryBegin(delivery));
        Assert.True(deliveries.TryAdd(delivery));
    }

    static Delivery Of(ushort id, MqttVersion version, int qos)
    {
        var packet = new ArrayBufferWriter<byte>();
        new PublishPacket("t"u8.ToArray(), "x"u8.ToArray(), qos, id).Write(packet, version);
        var bytes = new ReadOnlySequence<byte>(packet.WrittenMemory);
        Assert.True(MqttFraming.TryRead(ref bytes, 1000, version, out var frame));
        var delivery = new Delivery();
        delivery.Fill(frame, version, default);
        return delivery;
    }
}
