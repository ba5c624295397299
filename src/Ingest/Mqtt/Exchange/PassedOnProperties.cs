using System.Buffers.Binary;
using EnergyWatch.Ingest.Mqtt.Protocol;

namespace EnergyWatch.Ingest.Mqtt.Exchange;

/// <summary>
/// The properties of a message as they go on (5.0 §3.3.2.3): the very bytes that came, in their order, without what
/// belonged to the way in. Only the message expiry changes, in its place.
/// </summary>
/// <param name="ExpiryAt">Where its four bytes begin; negative where the message keeps.</param>
readonly record struct PassedOnProperties(ReadOnlyMemory<byte> Bytes, int ExpiryAt)
{
    public static PassedOnProperties None { get; } = new(default, -1);

    /// <param name="wire">As they came, without their length.</param>
    /// <param name="room">They are copied to its beginning.</param>
    public static PassedOnProperties Of(ReadOnlyMemory<byte> wire, Memory<byte> room)
    {
        var (length, expiryAt) = (0, -1);
        var body = new MqttBodyReader(wire);
        while (body.Left > 0)
        {
            var from = wire.Length - body.Left;
            var id = MqttProperties.Skip(ref body);
            if (id is PropertyId.TopicAlias or PropertyId.SubscriptionIdentifier or PropertyId.WillDelayInterval) continue;
            if (id == PropertyId.MessageExpiryInterval) expiryAt = length + 1;
            var one = wire[from..(wire.Length - body.Left)];
            one.CopyTo(room[length..]);
            length += one.Length;
        }
        return new PassedOnProperties(room[..length], expiryAt);
    }

    /// <summary>Copies them with what is left of the expiry (§3.3.2.3.3).</summary>
    public void CopyTo(Span<byte> span, uint? secondsLeft)
    {
        Bytes.Span.CopyTo(span);
        if (ExpiryAt >= 0) BinaryPrimitives.WriteUInt32BigEndian(span[ExpiryAt..], Math.Max(1, secondsLeft ?? 1));
    }
}
