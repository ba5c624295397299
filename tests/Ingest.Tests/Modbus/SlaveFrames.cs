using System.Buffers.Binary;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Tests.Modbus;

/// <summary>The other side's frames, written apart from the code under test except for the check sum.</summary>
static class SlaveFrames
{
    public static int Write(bool tcp, Span<byte> frame, ushort id, byte unit, ReadOnlySpan<byte> pdu)
    {
        if (tcp)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame, id);
            BinaryPrimitives.WriteUInt16BigEndian(frame[2..], 0);
            BinaryPrimitives.WriteUInt16BigEndian(frame[4..], (ushort)(pdu.Length + 1));
            frame[6] = unit;
            pdu.CopyTo(frame[7..]);
            return 7 + pdu.Length;
        }
        frame[0] = unit;
        pdu.CopyTo(frame[1..]);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[(1 + pdu.Length)..], Crc16.Of(frame[..(1 + pdu.Length)]));
        return 3 + pdu.Length;
    }

    public static byte[] Of(bool tcp, ushort id, byte unit, ReadOnlySpan<byte> pdu)
    {
        var frame = new byte[pdu.Length + 7];
        return frame[..Write(tcp, frame, id, unit, pdu)];
    }

    /// <summary>Every register holds its own address: a value from a wrong place is seen at once.</summary>
    public static byte[] OwnAddresses(byte function, int address, int count)
    {
        var pdu = new byte[2 + 2 * count];
        (pdu[0], pdu[1]) = (function, (byte)(2 * count));
        for (var i = 0; i < count; i++) BinaryPrimitives.WriteUInt16BigEndian(pdu.AsSpan(2 + 2 * i), (ushort)(address + i));
        return pdu;
    }
}
