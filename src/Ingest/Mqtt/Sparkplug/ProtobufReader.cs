using System.Buffers.Binary;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>
/// The fields of one Protocol Buffers message, one after the other. Total: whatever the bytes are, it ends, and says
/// whether it ended in the middle of something. Nothing is copied and nothing allocated.
/// </summary>
ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    // Encoding, protobuf.dev
    //   tag: varint of field number << 3 | wire type
    //   0 varint, 7 bits a byte, least first, the high bit says that more follow; 10 bytes at most
    //   1 eight bytes, little-endian   2 varint of a length, then so many bytes   5 four bytes, little-endian
    //   3, 4 begin and end of a group: no longer written, still to be skipped
    const int LongestVarint = 10;
    const int DeepestGroup = 16;

    readonly ReadOnlySpan<byte> _all = message;
    ReadOnlySpan<byte> _rest = message;

    public int Field { get; private set; }
    public WireType Type { get; private set; }

    /// <summary>Of a varint, or the bits of a fixed one.</summary>
    public ulong Number { get; private set; }

    /// <summary>Of a length-delimited one.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>True where it ended because what comes next is no field.</summary>
    public bool IsFaulty { get; private set; }

    /// <summary>How many bytes have been read.</summary>
    public readonly int Position => _all.Length - _rest.Length;

    public readonly bool IsVarint(int field) => Field == field && Type == WireType.Varint;

    public readonly bool IsBytes(int field) => Field == field && Type == WireType.Bytes;

    /// <summary>Goes to the next field; false at the end, or where the rest is none.</summary>
    public bool Next()
    {
        while (!_rest.IsEmpty)
        {
            var isRead = ReadTag() && (Type == WireType.StartGroup ? SkipGroup(Field, DeepestGroup) : ReadValue());
            if (!isRead)
            {
                IsFaulty = true;
                return false;
            }
            if (Type != WireType.EndGroup) return true;
        }
        return false;
    }

    bool ReadTag()
    {
        if (!ReadVarint(out var tag) || tag > uint.MaxValue || tag >> 3 == 0) return false;
        (Field, Type) = ((int)(tag >> 3), (WireType)(tag & 7));
        return true;
    }

    bool ReadValue()
    {
        switch (Type)
        {
            case WireType.Varint:
                if (!ReadVarint(out var number)) return false;
                Number = number;
                return true;
            case WireType.Fixed64 when _rest.Length >= sizeof(ulong):
                Number = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
                _rest = _rest[sizeof(ulong)..];
                return true;
            case WireType.Fixed32 when _rest.Length >= sizeof(uint):
                Number = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
                _rest = _rest[sizeof(uint)..];
                return true;
            case WireType.Bytes:
                if (!ReadVarint(out var length) || length > (ulong)_rest.Length) return false;
                Bytes = _rest[..(int)length];
                _rest = _rest[(int)length..];
                return true;
            default:
                return false;
        }
    }

    // Ends on the group's own end, which Next passes over.
    bool SkipGroup(int field, int depth)
    {
        if (depth == 0) return false;
        while (ReadTag())
        {
            if (Type == WireType.EndGroup) return Field == field;
            var isSkipped = Type == WireType.StartGroup ? SkipGroup(Field, depth - 1) : ReadValue();
            if (!isSkipped) return false;
        }
        return false;
    }

    bool ReadVarint(out ulong number)
    {
        number = 0;
        for (var i = 0; i < _rest.Length && i < LongestVarint; i++)
        {
            number |= (ulong)(_rest[i] & 0x7F) << (7 * i);
            if ((_rest[i] & 0x80) != 0) continue;
            _rest = _rest[(i + 1)..];
            return true;
        }
        return false;
    }
}

enum WireType : byte { Varint = 0, Fixed64 = 1, Bytes = 2, StartGroup = 3, EndGroup = 4, Fixed32 = 5 }
