using System.Diagnostics;
using System.Diagnostics.Metrics;
using EnergyWatch.Ingest.Mqtt.Protocol;
using Metrics = System.Diagnostics.Metrics;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>What operators see of MQTT, by the way in: <c>listener</c>, or <c>broker:name</c>.</summary>
sealed class MqttMetrics : IDisposable
{
    readonly Metrics.Meter _meter = new("EnergyWatch.Ingest");
    public Counter<long> Messages { get; }
    public Counter<long> Acknowledged { get; }
    public Counter<long> Received { get; }
    public Counter<long> Sent { get; }
    public Counter<long> RefusedLogins { get; }
    public Counter<long> RefusedTopics { get; }
    public Counter<long> Unread { get; }
    public Counter<long> Ended { get; }
    public Counter<long> PassedOn { get; }
    public Counter<long> Dropped { get; }
    public Counter<long> Published { get; }
    public Counter<long> DroppedAtBroker { get; }

    public MqttMetrics()
    {
        Messages = _meter.CreateCounter<long>(
            "energywatch_mqtt_messages_total", description: "PUBLISH packets received");
        Acknowledged = _meter.CreateCounter<long>(
            "energywatch_mqtt_acknowledged_total", description: "Messages answered after their receipt");
        Received = _meter.CreateCounter<long>(
            "energywatch_mqtt_received_bytes_total", "bytes", "Bytes that peers sent to us");
        Sent = _meter.CreateCounter<long>("energywatch_mqtt_sent_bytes_total", "bytes", "Bytes that we sent to peers");
        RefusedLogins = _meter.CreateCounter<long>(
            "energywatch_mqtt_refused_logins_total", description: "Connections refused before or at CONNECT");
        RefusedTopics = _meter.CreateCounter<long>(
            "energywatch_mqtt_refused_topics_total", description: "Messages to a topic of somebody else");
        Unread = _meter.CreateCounter<long>(
            "energywatch_mqtt_unread_total", description: "Messages to an own topic that nobody reads");
        PassedOn = _meter.CreateCounter<long>(
            "energywatch_mqtt_passed_on_total", description: "Copies of messages queued for clients that subscribed");
        Dropped = _meter.CreateCounter<long>(
            "energywatch_mqtt_dropped_total", description: "Copies of messages dropped because a client's queue was full");
        Published = _meter.CreateCounter<long>(
            "energywatch_mqtt_published_total", description: "Messages that we published at a broker, by its answer");
        DroppedAtBroker = _meter.CreateCounter<long>(
            "energywatch_mqtt_dropped_at_broker_total",
            description: "Messages that an outside broker says it has dropped, for whichever client");
        Ended = _meter.CreateCounter<long>(
            "energywatch_mqtt_ended_total", description: "Connections that ended, by cause");
    }

    public MqttFlow FlowOf(string way) => new(this, new TagList { { "way", way } });

    /// <summary>
    /// Shows what is connected and in flight; asked when somebody looks, so that it costs nothing per message.
    /// </summary>
    public void Observe(string way, Func<int> connections, Func<long> inFlight)
    {
        KeyValuePair<string, object?> tag = new("way", way);
        _meter.CreateObservableUpDownCounter(
            "energywatch_mqtt_connections", () => new Measurement<int>(connections(), tag),
            description: "Connections after CONNACK");
        _meter.CreateObservableUpDownCounter(
            "energywatch_mqtt_in_flight", () => new Measurement<long>(inFlight(), tag),
            description: "Messages between receipt and acknowledgement");
    }

    public void Dispose() => _meter.Dispose();
}

/// <summary>The counters of one way in.</summary>
sealed class MqttFlow(MqttMetrics metrics, TagList tags)
{
    public void Received(long bytes, int messages)
    {
        metrics.Received.Add(bytes, tags);
        if (messages > 0) metrics.Messages.Add(messages, tags);
    }

    public void Sent(long bytes) => metrics.Sent.Add(bytes, tags);

    public void Acknowledged(int count) => metrics.Acknowledged.Add(count, tags);

    public void RefusedLogin(string reason) => metrics.RefusedLogins.Add(1, With("reason", reason));

    public void RefusedTopic() => metrics.RefusedTopics.Add(1, tags);

    public void Unread() => metrics.Unread.Add(1, tags);

    public void PassedOn(int copies, int dropped)
    {
        if (copies > 0) metrics.PassedOn.Add(copies, tags);
        if (dropped > 0) metrics.Dropped.Add(dropped, tags);
    }

    public void Published(ReasonCode answer) =>
        metrics.Published.Add(1, With("answer", (byte)answer < 0x80 ? "taken" : "refused"));

    public void ReplyForgotten() => metrics.Published.Add(1, With("answer", "forgotten"));

    public void DroppedAtBroker(long count) => metrics.DroppedAtBroker.Add(count, tags);

    public void Ended(EndCause cause) => metrics.Ended.Add(1, With("cause", Name(cause)));

    // ConnectTimeout → connect_timeout, as Prometheus labels are written.
    public static string Name(EndCause cause) =>
        string.Concat(
            cause.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{c}" : $"{c}")).ToLowerInvariant();

    TagList With(string name, string value)
    {
        var all = tags;
        all.Add(name, value);
        return all;
    }
}
