using EnergyWatch.Domain.Registry;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>
/// How gateways of one make name their topics and write what they read. The registry says which gateway speaks which
/// (<see cref="Gateway.Dialect"/>); one that names none speaks our own format, without passing here. One object serves
/// all gateways of its dialect, on the listener and behind brokers, from many threads at once.
/// </summary>
interface IDialect
{
    string Name { get; }

    /// <summary>
    /// True where its messages mean something only to a host that has a session of its own at the
    /// broker: an ordinary source leaves them alone.
    /// </summary>
    bool NeedsHost => false;

    /// <summary>Filters of what such a gateway publishes, beside its own <c>energywatch/v1/…</c>. The listener grants
    /// them.</summary>
    IReadOnlyList<string> Upward(Gateway gateway);

    /// <summary>Those of <see cref="Upward"/> that a source subscribes to at a broker.</summary>
    /// <param name="isAlone">True where no other gateway stands behind the broker: else what names no gateway would
    /// bring what is nobody's.</param>
    IReadOnlyList<string> Heard(Gateway gateway, bool isAlone) => Upward(gateway);

    /// <summary>Filters of what such a gateway subscribes to: commands and replies.</summary>
    IReadOnlyList<string> Downward(Gateway gateway);

    /// <summary>Whether the topic is one of this dialect's, and which gateway it names.</summary>
    /// <param name="username">The user name or code of the gateway; empty where topics of this dialect name none.</param>
    bool Claims(ReadOnlySpan<byte> topic, out ReadOnlySpan<byte> username);

    /// <summary>
    /// Reads one message of a gateway. Total: whatever the bytes are, it answers and never throws; what is wrong is
    /// refused with its place.
    /// </summary>
    DialectReading Read(in DialectMessage message, ReadingContext context);

    /// <summary>Reads a quarantined message again. It says nothing of now: nothing that the dialect remembers changes.</summary>
    DecodedPayload ReadAgain(in DialectMessage message, in ReadingContext context) => Read(message, context).Payload;
}

/// <summary>A message that a gateway sent.</summary>
/// <param name="IsRetained">True where a broker kept it from before: without a time of its own its age is unknown.</param>
readonly record struct DialectMessage(
    ReadOnlyMemory<byte> Topic, ReadOnlyMemory<byte> Payload, Instant ArrivedAt, bool IsRetained, int Qos = 0);

/// <summary>What a message held.</summary>
/// <param name="Payload">Its readings and refusals; empty where it is no readings message (a login, a heart beat).</param>
/// <param name="Replies">What the gateway wants to hear, in order, once all of it is durable and not before.</param>
sealed record DialectReading(DecodedPayload Payload, IReadOnlyList<DialectReply> Replies)
{
    /// <summary>What the message says of the gateway itself; null where it says nothing of that.</summary>
    public bool? IsOnline { get; init; }

    /// <summary>What an officer should know of it, each said once: a value that no quantity stands for, say.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}

/// <summary>An answer of the application to a gateway.</summary>
/// <param name="PayloadAt">What it says when it leaves at this moment: gateways set their clocks by it.</param>
sealed record DialectReply(
    string Topic, Func<Instant, ReadOnlyMemory<byte>> PayloadAt, int Qos, bool Retain = false)
{
    /// <summary>One of QoS 0 that waited longer is not sent any more: it may say what time it was.</summary>
    public static readonly TimeSpan OldAfter = TimeSpan.FromSeconds(5);
}

/// <summary>The way back to a gateway: its session on our listener, or the broker it sits behind.</summary>
interface IReplyWay
{
    /// <summary>Hands the reply on. At-most-once: a gateway that did not hear it repeats its question.</summary>
    ValueTask SendAsync(DialectReply reply, CancellationToken stop);
}
