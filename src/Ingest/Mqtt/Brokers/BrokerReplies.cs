using System.Threading.Channels;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Dialects;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>
/// The way back to gateways behind a broker. Acknowledgements never wait for a reply to be taken: replies wait here, and
/// where too many do, the newest is forgotten. Its gateway asks again.
/// </summary>
sealed class BrokerReplies(BrokerOptions broker, IBrokerOutlet outlet, ClientParts parts) : IReplyWay
{
    const int MostWaiting = 1024;

    readonly Channel<(DialectReply Reply, Instant Since)> _waiting = Channel.CreateBounded<(DialectReply, Instant)>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true, SingleWriter = true });

    public ValueTask SendAsync(DialectReply reply, CancellationToken stop)
    {
        if (!_waiting.Writer.TryWrite((reply, parts.Clock.Now()))) parts.Flow.ReplyForgotten();
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends one after the other until stopped.</summary>
    /// <exception cref="IOException">The connection is lost.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        await foreach (var (reply, since) in _waiting.Reader.ReadAllAsync(stop))
        {
            var now = parts.Clock.Now();
            // Its gateway has long gone on, or asked again: what it would now hear sets a clock wrong.
            if (reply.Qos == 0 && now - since > DialectReply.OldAfter)
            {
                parts.Flow.ReplyForgotten();
                continue;
            }
            var payload = reply.PayloadAt(now);
            var answer = await outlet.PublishAsync(reply.Topic, payload, Math.Min(1, reply.Qos), reply.Retain, stop);
            if ((byte)answer >= 0x80) parts.Log.BrokerRefusesReply(broker.Name, reply.Topic, answer);
        }
    }
}
