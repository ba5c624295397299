using System.Buffers;
using System.Numerics;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Mqtt.Dialects;
using EnergyWatch.Ingest.Mqtt.Protocol;
using EnergyWatch.Ingest.Pipeline;
using Microsoft.Extensions.ObjectPool;

namespace EnergyWatch.Ingest.Mqtt;

/// <summary>
/// One received PUBLISH between its receipt and its acknowledgement. Ownership: the read loop rents and fills it, the
/// deliveries hold it, and the acknowledging loop gives it back, but only after the ticket has completed: until then
/// the sink may look at the payload. One that is abandoned with its connection is left to the garbage collector for the
/// same reason.
/// </summary>
sealed class Delivery : IResettable
{
    const int SmallestBuffer = 512;
    const int LargestKept = 4096;

    byte[] _buffer = [];

    public static ObjectPool<Delivery> Pool { get; } =
        new DefaultObjectPool<Delivery>(new DefaultPooledObjectPolicy<Delivery>(), 4096);

    /// <summary>Where its payload is decoded to; the batch that shows it is lent on the same terms.</summary>
    public FoundReadings Found { get; } = new();

    public PublishPacket Publish { get; private set; }
    public Instant ArrivedAt { get; private set; }

    /// <summary>Code of the gateway whose readings these are; null where it is none we know.</summary>
    public string? Gateway { get; set; }

    /// <summary>How it is written; null is our own format.</summary>
    public IDialect? Dialect { get; set; }

    /// <summary>True where a broker kept it from before: without a time of its own its age is unknown.</summary>
    public bool IsKept { get; set; }

    /// <summary>True where it may have waited in a broker's queue, or was sent before: without a time of its own its age is
    /// unknown.</summary>
    public bool IsQueued { get; set; }

    /// <summary>What its gateway is to hear once it is durable.</summary>
    public IReadOnlyList<DialectReply> Replies { get; set; } = [];

    /// <summary>True where clients that subscribed get it too, or it is to be retained.</summary>
    public bool IsPassedOn { get; set; }

    /// <summary>True where the sink has nothing to do with it, though nothing is wrong with it.</summary>
    public bool BypassesSink { get; set; }

    /// <summary>Why it holds no readings and goes to the quarantine as it came; null where it may hold some.</summary>
    public Refusal? Refusal { get; set; }

    /// <summary>
    /// The answer. Anything but success before the sink has seen it means that the sink has nothing to do with it.
    /// </summary>
    public ReasonCode Verdict { get; set; }

    /// <summary>The answer where something of it went to the quarantine.</summary>
    public ReasonCode VerdictInQuarantine { get; set; } = ReasonCode.PayloadFormatInvalid;

    /// <summary>Why, in words, for a peer of version 5 that wants to know.</summary>
    public MqttProperties? Explanation { get; set; }
    /// <summary>Its own, where it shares none.</summary>
    public Task<IngestReceipt>? Ticket { get; set; }

    /// <summary>With which messages it shares a ticket, and its place among them.</summary>
    public MessageGroup? Group { get; set; }
    public int Place { get; set; }

    /// <summary>Places it takes in the in-flight window: one, and more for a large payload.</summary>
    public int Weight { get; set; }

    /// <summary>
    /// Takes over the packet: the body is copied once, into one piece that stays when the receive buffer is gone.
    /// </summary>
    public void Fill(in MqttFrame frame, MqttVersion version, Instant arrivedAt)
    {
        var length = (int)frame.Body.Length;
        if (_buffer.Length < length) _buffer = new byte[SizeFor(length)];
        frame.Body.CopyTo(_buffer);
        ArrivedAt = arrivedAt;
        Publish = PublishPacket.Read(frame.Flags, _buffer.AsMemory(0, length), version);
    }

    /// <summary>Gives it the topic that its alias stands for.</summary>
    public void NameTopic(ReadOnlyMemory<byte> topic) => Publish = Publish with { Topic = topic };

    /// <summary>Leaves so much of the payload at most; returns what is left, in bytes.</summary>
    public int CutPayload(int most)
    {
        var payload = Publish.Payload[..Math.Min(most, Publish.Payload.Length)];
        Publish = Publish with { Payload = payload };
        return payload.Length;
    }

    static int SizeFor(int length) =>
        length > LargestKept ? length : Math.Max(SmallestBuffer, (int)BitOperations.RoundUpToPowerOf2((uint)length));

    /// <summary>True where the other is the same message sent again.</summary>
    public bool Repeats(Delivery other) =>
        Publish.Topic.Span.SequenceEqual(other.Publish.Topic.Span)
            && Publish.Payload.Span.SequenceEqual(other.Publish.Payload.Span);

    public bool TryReset()
    {
        Publish = default;
        Found.Clear();
        Gateway = null;
        Dialect = null;
        IsKept = false;
        IsQueued = false;
        Replies = [];
        IsPassedOn = false;
        BypassesSink = false;
        Refusal = null;
        Verdict = ReasonCode.Success;
        VerdictInQuarantine = ReasonCode.PayloadFormatInvalid;
        Explanation = null;
        Ticket = null;
        Group = null;
        return _buffer.Length <= LargestKept;
    }
}
