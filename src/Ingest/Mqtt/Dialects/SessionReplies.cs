using System.Text;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Exchange;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>
/// The way back over our own listener: to whoever subscribed to the topic, and that may only be the gateway itself. One
/// that did not subscribe hears it all the same, once and at QoS 0: several makes trust that their platform sends what
/// concerns them unasked.
/// </summary>
sealed class SessionReplies(MessageExchange exchange, ClientSession session, TimeProvider clock) : IReplyWay
{
    // No client has this key: it has no name.
    static readonly SessionKey Server = new("", "");

    public ValueTask SendAsync(DialectReply reply, CancellationToken stop)
    {
        var message = new ClientMessage(
            Server, Encoding.UTF8.GetBytes(reply.Topic), reply.PayloadAt(clock.Now()), reply.Qos, reply.Retain)
        {
            ExpiresAt = reply.Qos == 0 ? clock.GetTimestamp() + DialectReply.OldAfter.Seconds * clock.TimestampFrequency : null,
        };
        exchange.Publish(message);
        if (!exchange.Means(session, reply.Topic)) session.Outgoing.Offer(new Copy(message, 0, Retain: false, default));
        return ValueTask.CompletedTask;
    }
}
