using System.Buffers;
using System.IO.Pipelines;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Protocol;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EnergyWatch.Ingest.Tests.Mqtt.Door;

/// <summary>A defect of ours in one connection: it is shown, it ends that connection, and it harms no other.</summary>
public sealed class DefectTests
{
    [Fact]
    public async Task Defect_while_a_command_goes_out_ends_the_connection_rather_than_leave_it_deaf()
    {
        var listener = await ListenerUnderTest.StartAsync();
        var (theirs, ours) = (new Pipe(), new Pipe());
        var output = new FaultyWriter(ours.Writer);
        await using var connection = new DefaultConnectionContext("in memory") { Transport = new Ends(theirs.Reader, output) };
        var running = listener.Services.GetRequiredService<MqttListener>().OnConnectedAsync(connection);
        MqttPeer.Connect(clientId: "deaf")(theirs.Writer);
        new SubscribePacket(9, [new Subscription("energywatch/v1/GW-01/cmd", 1, 1)], MqttProperties.None)
            .Write(theirs.Writer, MqttVersion.V311);
        await theirs.Writer.FlushAsync();
        await Eventually.HoldsAsync(
            () => listener.Services.GetRequiredService<Ingest.Mqtt.Exchange.MessageExchange>().HasSubscriber("energywatch/v1/GW-01/cmd"u8),
            "it subscribed");
        Assert.Equal("20020000" + "9003000901", await SentAsync(ours.Reader, 9));
        output.IsDefective = true;
        using var sender = await MqttPeer.ConnectAsync(listener.Port, clientId: "sender");
        await sender.SendAsync(sender.Publish(1, "switch off", "energywatch/v1/GW-01/cmd"));
        Assert.Equal("PUBACK id=1 code=0", await sender.HearAsync());
        await running.WaitAsync(Eventually.Soon());
        var shown = Assert.Single(listener.Log.Lines, line => line.Level == LogLevel.Error);
        Assert.Contains("a defect", shown.Exception!.Message, StringComparison.Ordinal);
        await sender.PingAsync();
        Assert.Equal("PINGRESP", await sender.HearAsync());
        await listener.StopAsync();
    }

    // CONNACK and SUBACK: both are out before anything breaks.
    static async Task<string> SentAsync(PipeReader sent, int bytes)
    {
        var read = await sent.ReadAtLeastAsync(bytes, Eventually.Soon());
        var hex = Convert.ToHexString(read.Buffer.ToArray());
        sent.AdvanceTo(read.Buffer.End);
        return hex;
    }

    sealed class Ends(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;
        public PipeWriter Output => output;
    }

    sealed class FaultyWriter(PipeWriter inner) : PipeWriter
    {
        volatile bool _isDefective;

        public bool IsDefective { set => _isDefective = value; }

        public override bool CanGetUnflushedBytes => true;
        public override long UnflushedBytes => inner.UnflushedBytes;
        public override void Advance(int bytes) => inner.Advance(bytes);
        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);
        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);
        public override void CancelPendingFlush() => inner.CancelPendingFlush();
        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
            _isDefective
                ? throw new InvalidOperationException("a defect")
                : inner.FlushAsync(cancellationToken);
    }
}
