using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Brokers;

/// <summary>
/// What we want at a broker: what we ask for, what becomes of it, and what we say when we come and go. One object for
/// all connections of one source, one after the other.
/// </summary>
interface IBrokerPurpose
{
    /// <summary>
    /// True where every connection begins with an empty session that ends with it: nothing is kept for us while we are
    /// away, and nothing that we published is sent again on the next connection.
    /// </summary>
    bool ForgetsSession { get; }

    /// <summary>True where what we publish ourselves, our will included, is to come back to us too.</summary>
    bool HearsItself { get; }

    /// <summary>What the broker says for us when we are gone without a word; asked before each CONNECT.</summary>
    MqttWill? Will();

    /// <summary>
    /// The filters to subscribe to. Completes at once where <paramref name="known"/> is null, else when they are others
    /// than these. Never throws but for <paramref name="stop"/>.
    /// </summary>
    Task<IReadOnlyList<string>> FiltersAsync(IReadOnlyList<string>? known, CancellationToken stop);

    /// <summary>Called on each connection when the subscriptions are granted, before <see cref="LeavingAsync"/>.</summary>
    /// <exception cref="IOException">The connection is lost; the source sees it too and connects again.</exception>
    ValueTask ArrivedAsync(IBrokerOutlet outlet, CancellationToken stop);

    /// <summary>The last words before a clean goodbye, within a bound of two seconds.</summary>
    ValueTask LeavingAsync(IBrokerOutlet outlet, CancellationToken stop);

    /// <summary>The connection was lost, or could not be made.</summary>
    void Lost(string why) { }

    /// <summary>
    /// Puts what the message holds into the sink, one message after the other: once at most, and hands the ticket back as
    /// it came, since several messages may share one. It is acknowledged when the ticket has completed. Must not wait for <see cref="IBrokerOutlet.PublishAsync"/>: while this waits, no message is read.
    /// </summary>
    ValueTask<Task<IngestReceipt>> PutAsync(IReadingSink sink, Delivery delivery, CancellationToken stop);

    /// <summary>Told of each message when all of it is durable, in order of receipt, before it is acknowledged.</summary>
    void Settled(Delivery delivery, IngestReceipt? receipt);
}
