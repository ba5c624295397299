using System.Buffers;

namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>
/// One whole control packet, cut out of the stream but not yet understood. <see cref="Body"/> points into the receive
/// buffer: it is valid until that is advanced.
/// </summary>
readonly record struct MqttFrame(PacketType Type, byte Flags, ReadOnlySequence<byte> Body)
{
    /// <summary>The body in one piece: a slice where it lies in one segment, else a copy.</summary>
    public ReadOnlyMemory<byte> Contiguous() => Body.IsSingleSegment ? Body.First : Body.ToArray();
}

/// <summary>The fixed header of a packet: how long it is itself and how much follows, in bytes.</summary>
readonly record struct MqttHeader(PacketType Type, byte Flags, int Bytes, int Remaining)
{
    public long Total => (long)Bytes + Remaining;
}

/// <summary>
/// Cuts packets out of a byte stream and puts the fixed header before them. Pure and total; shared by listener and
/// client.
/// </summary>
static class MqttFraming
{
    /// <summary>Header byte and four length bytes.</summary>
    public const int MaxHeaderBytes = 5;
    public const int MaxRemainingLength = 268_435_455;

    // MQTT 3.1.1 §2.2, MQTT 5.0 §2.1
    //   byte 0     7..4 packet type   3..0 flags
    //   byte 1..4  remaining length: 7 bits each, low group first, top bit set = another byte follows
    //   then       remaining length bytes
    /// <summary>
    /// False means the packet is not complete yet. The length is judged as soon as it is there, before any of the body
    /// is waited for.
    /// </summary>
    /// <param name="maxPacketBytes">Largest packet to take, headers included.</param>
    /// <exception cref="MqttProtocolException">What is there can never become an acceptable packet.</exception>
    public static bool TryRead(
        ref ReadOnlySequence<byte> buffer, int maxPacketBytes, MqttVersion version, out MqttFrame frame)
    {
        frame = default;
        if (!TryReadHeader(buffer, version, out var header)) return false;
        if (header.Total > maxPacketBytes)
            throw new MqttProtocolException(
                ReasonCode.PacketTooLarge,
                $"{header.Type} of {header.Total} bytes is larger than the {maxPacketBytes} bytes allowed here.");
        if (buffer.Length < header.Total) return false;
        frame = new MqttFrame(header.Type, header.Flags, buffer.Slice(header.Bytes, header.Remaining));
        buffer = buffer.Slice(header.Total);
        return true;
    }

    /// <summary>What stands before the next body; false while it is not all there.</summary>
    /// <exception cref="MqttProtocolException">It is no header of this version.</exception>
    public static bool TryReadHeader(in ReadOnlySequence<byte> buffer, MqttVersion version, out MqttHeader header)
    {
        header = default;
        if (buffer.IsEmpty) return false;
        scoped var span = buffer.FirstSpan;
        if (span.Length < MaxHeaderBytes && buffer.Length > span.Length)
        {
            Span<byte> joined = stackalloc byte[(int)Math.Min(buffer.Length, MaxHeaderBytes)];
            buffer.Slice(0, joined.Length).CopyTo(joined);
            span = joined;
        }
        var type = (PacketType)(span[0] >> 4);
        var flags = (byte)(span[0] & 0x0F);
        JudgeHeader(type, flags, version);
        if (!TryReadLength(span[1..], version, out var remaining, out var lengthBytes)) return false;
        header = new MqttHeader(type, flags, 1 + lengthBytes, remaining);
        return true;
    }

    static void JudgeHeader(PacketType type, byte flags, MqttVersion version)
    {
        switch (type)
        {
            case 0:
            case PacketType.Auth when version != MqttVersion.V5:
                throw MqttProtocolException.Protocol($"Packet type {(int)type} does not exist.");
            // Neither is expected in the middle of anything, whatever its flags are.
            case PacketType.ConnAck or PacketType.Auth when flags != 0:
                throw MqttProtocolException.Protocol($"{type} with flags {flags}, not 0.");
            case PacketType.Publish:
                if ((flags & 0b0110) == 0b0110) throw MqttProtocolException.Malformed("PUBLISH with QoS 3.");
                break;
            case PacketType.PubRel or PacketType.Subscribe or PacketType.Unsubscribe:
                if (flags != 0b0010) throw MqttProtocolException.Malformed($"{type} with flags {flags}, not 2.");
                break;
            default:
                if (flags != 0) throw MqttProtocolException.Malformed($"{type} with flags {flags}, not 0.");
                break;
        }
    }

    static bool TryReadLength(ReadOnlySpan<byte> bytes, MqttVersion version, out int value, out int count)
    {
        value = 0;
        for (count = 0; count < 4; count++)
        {
            if (count == bytes.Length) return false;
            value |= (bytes[count] & 0x7F) << (7 * count);
            if ((bytes[count] & 0x80) != 0) continue;
            if (count > 0 && bytes[count] == 0 && version == MqttVersion.V5)
                throw MqttProtocolException.Malformed("A length is written in more bytes than it needs.");
            count++;
            return true;
        }
        throw new MqttProtocolException(
            ReasonCode.MalformedPacket, "A remaining length of more than four bytes.") { IsSilent = true };
    }

    /// <summary>
    /// Writes the fixed header of a packet whose body has this many bytes; returns the bytes written.
    /// </summary>
    public static int WriteHeader(Span<byte> span, PacketType type, byte flags, int remaining)
    {
        if (remaining > MaxRemainingLength)
            throw new ArgumentOutOfRangeException(
                nameof(remaining), remaining, "An MQTT packet ends at 268435455 bytes.");
        span[0] = (byte)((int)type << 4 | flags);
        return 1 + WriteVarInt(span[1..], (uint)remaining);
    }

    /// <summary>How many bytes the fixed header of such a body takes.</summary>
    public static int HeaderBytesOf(int remaining) =>
        remaining < 1 << 7 ? 2 : remaining < 1 << 14 ? 3 : remaining < 1 << 21 ? 4 : 5;

    /// <summary>How many bytes such a variable byte integer takes.</summary>
    public static int VarIntBytesOf(int value) => HeaderBytesOf(value) - 1;

    public static int WriteVarInt(Span<byte> span, uint value)
    {
        var count = 0;
        for (; value > 0x7F; value >>= 7) span[count++] = (byte)(value | 0x80);
        span[count++] = (byte)value;
        return count;
    }
}
