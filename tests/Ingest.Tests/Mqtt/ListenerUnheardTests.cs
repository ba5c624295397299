using System.IO.Pipelines;
using EnergyWatch.Ingest.Mqtt;
using EnergyWatch.Ingest.Mqtt.Protocol;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace EnergyWatch.Ingest.Tests.Mqtt;

/// <summary>A gateway that sends and does not read what it is answered.</summary>
public sealed class ListenerUnheardTests
{
    [Theory, InlineData(false), InlineData(true)]
    public async Task Readings_that_were_sent_before_an_answer_it_does_not_read_are_stored_all_the_same(bool alsoAfter)
    {
        await using var listener = await ListenerUnderTest.StartAsync();
        var unbounded = new PipeOptions(pauseWriterThreshold: 0);
        // It takes the CONNACK of 4 bytes, and no PINGRESP more than fits.
        var narrow = new PipeOptions(pauseWriterThreshold: 5, resumeWriterThreshold: 1);
        var (theirs, ours) = (new Pipe(unbounded), new Pipe(narrow));
        await using var connection = new DefaultConnectionContext("in memory")
        {
            Transport = new Ends(theirs.Reader, ours.Writer),
        };
        using var sender = await MqttPeer.ConnectAsync(listener.Port, clientId: "sender");
        var running = listener.Services.GetRequiredService<MqttListener>().OnConnectedAsync(connection);
        MqttPeer.Connect(clientId: "unheard")(theirs.Writer);
        sender.Publish(0, MqttPeer.Reading(1))(theirs.Writer);
        MqttPing.Write(theirs.Writer, PacketType.PingReq);
        if (alsoAfter) sender.Publish(0, MqttPeer.Reading(2))(theirs.Writer);
        await theirs.Writer.FlushAsync();

        await Eventually.HoldsAsync(() => listener.Sink.Readings.Count == 1, "what came before is stored");
        Assert.False(running.IsCompleted);
        // It reads: what came after is taken now.
        var heard = await ours.Reader.ReadAtLeastAsync(6, Eventually.Soon());
        Assert.Equal("20020000D000", Convert.ToHexString(System.Buffers.BuffersExtensions.ToArray(heard.Buffer)));
        ours.Reader.AdvanceTo(heard.Buffer.End);
        var all = alsoAfter ? 2 : 1;
        await Eventually.HoldsAsync(() => listener.Sink.Readings.Count == all, "what came after is stored");
        await theirs.Writer.CompleteAsync();
        await running.WaitAsync(Eventually.Soon());
    }

    sealed class Ends(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;
        public PipeWriter Output => output;
    }
}
