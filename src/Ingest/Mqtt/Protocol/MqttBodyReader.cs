using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace EnergyWatch.Ingest.Mqtt.Protocol;

/// <summary>
/// Reads the fields of one packet's body. Every read goes through one bounds check and can fail only with
/// <see cref="MqttProtocolException"/>; no length from the wire is used before it was compared with what is there.
/// </summary>
ref struct MqttBodyReader(ReadOnlyMemory<byte> body)
{
    ReadOnlyMemory<byte> _left = body;

    public readonly int Left => _left.Length;

    /// <summary>What is left, without taking it.</summary>
    public readonly ReadOnlyMemory<byte> Ahead => _left;

    public byte Byte() => Take(1).Span[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2).Span);

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4).Span);

    /// <summary>A packet identifier: two bytes, never 0 (3.1.1 §2.3.1).</summary>
    public ushort PacketId()
    {
        var id = UInt16();
        return id != 0 ? id : throw MqttProtocolException.Protocol("Packet identifier 0.");
    }

    /// <summary>Variable byte integer (5.0 §1.5.5).</summary>
    public uint VarInt()
    {
        var value = 0u;
        for (var shift = 0; shift < 28; shift += 7)
        {
            var next = Byte();
            value |= (uint)(next & 0x7F) << shift;
            if ((next & 0x80) != 0) continue;
            if (shift > 0 && next == 0)
                throw MqttProtocolException.Malformed("A length is written in more bytes than it needs.");
            return value;
        }
        throw MqttProtocolException.Malformed("A variable byte integer of more than four bytes.");
    }

    /// <summary>Two bytes of length, then that many bytes.</summary>
    public ReadOnlyMemory<byte> Binary() => Take(UInt16());

    /// <summary>Two bytes of length, then well-formed UTF-8 without U+0000 (3.1.1 §1.5.3), still as bytes.</summary>
    public ReadOnlyMemory<byte> TextBytes()
    {
        var bytes = Binary();
        if (!Utf8.IsValid(bytes.Span)) throw MqttProtocolException.Malformed("Text that is not UTF-8.");
        if (bytes.Span.Contains((byte)0)) throw MqttProtocolException.Malformed("Text with a NUL character.");
        return bytes;
    }

    public string Text() => Encoding.UTF8.GetString(TextBytes().Span);

    /// <summary>
    /// Text that names something: without control and non-characters, which a receiver may refuse (3.1.1 §1.5.3).
    /// </summary>
    public string Name()
    {
        var bytes = TextBytes();
        return MqttTopic.IsPlain(bytes.Span)
            ? Encoding.UTF8.GetString(bytes.Span)
            : throw MqttProtocolException.Malformed("A name with a control character or a non-character.");
    }

    /// <summary>All that is left.</summary>
    public ReadOnlyMemory<byte> Rest() => Take(_left.Length);

    /// <summary>The next so many bytes as a body of their own.</summary>
    public MqttBodyReader Part(uint length) =>
        length <= (uint)_left.Length
            ? new MqttBodyReader(Take((int)length))
            : throw MqttProtocolException.Malformed($"A field of {length} bytes where {_left.Length} are left.");

    public readonly void End()
    {
        if (!_left.IsEmpty) throw MqttProtocolException.Malformed($"{_left.Length} bytes too many in the packet.");
    }

    ReadOnlyMemory<byte> Take(int count)
    {
        if (count > _left.Length)
            throw MqttProtocolException.Malformed($"A field of {count} bytes where {_left.Length} are left.");
        var taken = _left[..count];
        _left = _left[count..];
        return taken;
    }
}
