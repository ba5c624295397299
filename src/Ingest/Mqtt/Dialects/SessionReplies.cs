using EnergyWatch.Ingest.Mqtt.Exchange;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>
/// The way back over our own listener: to whoever subscribed to the topic, and that may only be the gateway itself.
/// </summary>
sealed class SessionReplies(MessageExchange exchange) : IReplyWay
{
    // No client has this key: it has no name.
    static readonly SessionKey Server = new("", "");

    public ValueTask SendAsync(DialectReply reply, CancellationToken stop)
    {
        exchange.Publish(new ClientMessage(Server, reply.Topic, reply.Payload, reply.Qos, reply.Retain));
        return ValueTask.CompletedTask;
    }
}
