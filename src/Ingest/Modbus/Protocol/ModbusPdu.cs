using System.Buffers.Binary;

namespace EnergyWatch.Ingest.Modbus.Protocol;

/// <summary>Protocol data units of all functions asked here: pure functions over buffers, framing apart.</summary>
static class ModbusPdu
{
    /// <summary>Longest PDU (V1.1b3 section 4.1: 256 bytes of a serial frame less address and CRC).</summary>
    public const int MaxLength = 253;
    public const byte ExceptionBit = 0x80;
    const int WriteAnswerLength = 5;
    const string WrongLength = "the answer is longer or shorter than its function allows";

    /// <summary>Why the specification has no such question: counts within their bounds, no address past 65535.</summary>
    public static string? Objection(MeterRequest request)
    {
        if (request.Meter > byte.MaxValue) return "a Modbus unit is a number from 0 to 255";
        if (request.Function == MeterFunction.DeviceIdentification) return IdentificationPdu.Objection(request);
        if (!request.IsRead && !request.IsWrite) return "Modbus has no such function";
        var most = request.Function switch
        {
            MeterFunction.Coils or MeterFunction.DiscreteInputs => MeterRequest.MaxBits,
            MeterFunction.WriteCoil or MeterFunction.WriteRegister => 1,
            MeterFunction.WriteCoils => MeterRequest.MaxBitsWritten,
            MeterFunction.WriteRegisters => MeterRequest.MaxWordsWritten,
            _ => MeterRequest.MaxWords,
        };
        if (request.Count == 0 || request.Count > most) return $"the count must be 1 to {most}";
        if (request.Address + (long)request.Count > 65536) return "the last Modbus address is 65535";
        return request.IsWrite ? ValuesObjection(request) : null;
    }

    /// <summary>
    /// Request, V1.1b3 sections 6.1 to 6.6, 6.11, 6.12:
    /// <code>
    /// 00     function 01..04      05, 06            0F, 10
    /// 01-02  first address        address           first address
    /// 03-04  quantity             value             quantity
    /// 05                                            byte count
    /// 06-                                           values
    /// </code>
    /// </summary>
    public static int Write(Span<byte> pdu, MeterRequest request)
    {
        if (request.Function == MeterFunction.DeviceIdentification) return IdentificationPdu.Write(pdu, request);
        pdu[0] = (byte)request.Function;
        BinaryPrimitives.WriteUInt16BigEndian(pdu[1..], (ushort)request.Address);
        if (request.Function is MeterFunction.WriteCoil or MeterFunction.WriteRegister)
        {
            request.Values.Span.CopyTo(pdu[3..]);
            return 5;
        }
        BinaryPrimitives.WriteUInt16BigEndian(pdu[3..], request.Count);
        if (request.IsRead) return 5;
        pdu[5] = (byte)request.Values.Length;
        request.Values.Span.CopyTo(pdu[6..]);
        return 6 + request.Values.Length;
    }

    /// <summary>
    /// Answer, the same sections and 7:
    /// <code>
    /// 00     function 01..04      05, 06, 0F, 10                       function + 80h
    /// 01     byte count           01-02  the address as it was asked   exception code, not 0
    /// 02-    data                 03-04  the value or quantity, too
    /// </code>
    /// </summary>
    /// <param name="pdu">The unit that came.</param>
    /// <param name="start">Where it begins in its frame.</param>
    /// <param name="length">Bytes of the whole frame.</param>
    public static FrameMatch Match(ReadOnlySpan<byte> pdu, MeterRequest request, int start, int length)
    {
        if (pdu.IsEmpty) return FrameMatch.Broken(WrongLength);
        if (pdu[0] == ((byte)request.Function | ExceptionBit))
            return pdu.Length == 2 && pdu[1] != 0
                ? FrameMatch.Refusal(length, (ModbusExceptionCode)pdu[1])
                : FrameMatch.Broken("the exception is not one code of one byte");
        if (pdu[0] != (byte)request.Function) return FrameMatch.Broken("the answer is to another function");
        if (request.Function == MeterFunction.DeviceIdentification) return IdentificationPdu.Match(pdu, request, start, length);
        if (request.IsWrite) return Confirms(pdu, request) ? FrameMatch.Answer(length, start, 0) : FrameMatch.Broken("the answer confirms another write");
        return pdu.Length == 2 + request.DataLength && pdu[1] == request.DataLength
            ? FrameMatch.Answer(length, start + 2, request.DataLength)
            : FrameMatch.Broken("the answer holds another number of registers");
    }

    /// <summary>
    /// Length of the answer that begins here, where the framing does not tell it (RTU); 0 while too little has come, -1 where no
    /// answer begins like this.
    /// </summary>
    public static int AnswerLength(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty) return 0;
        if ((start[0] & ExceptionBit) != 0) return 2;
        switch ((MeterFunction)start[0])
        {
            case MeterFunction.Coils or MeterFunction.DiscreteInputs or MeterFunction.HoldingRegisters or MeterFunction.InputRegisters:
                if (start.Length < 2) return 0;
                return start[1] + 2 <= MaxLength ? start[1] + 2 : -1;
            case MeterFunction.WriteCoil or MeterFunction.WriteRegister or MeterFunction.WriteCoils or MeterFunction.WriteRegisters:
                return WriteAnswerLength;
            case MeterFunction.DeviceIdentification:
                return IdentificationPdu.AnswerLength(start);
            default:
                return -1;
        }
    }

    static bool Confirms(ReadOnlySpan<byte> pdu, MeterRequest request)
    {
        if (pdu.Length != WriteAnswerLength || BinaryPrimitives.ReadUInt16BigEndian(pdu[1..]) != request.Address) return false;
        return request.Function is MeterFunction.WriteCoil or MeterFunction.WriteRegister
            ? pdu[3..].SequenceEqual(request.Values.Span)
            : BinaryPrimitives.ReadUInt16BigEndian(pdu[3..]) == request.Count;
    }

    static string? ValuesObjection(MeterRequest request)
    {
        var values = request.Values.Span;
        var length = request.Function switch
        {
            MeterFunction.WriteCoil => 2,
            MeterFunction.WriteCoils => (request.Count + 7) / 8,
            _ => 2 * request.Count,
        };
        if (values.Length != length) return $"the values must be {length} bytes";
        return request.Function == MeterFunction.WriteCoil && values is not ([0xFF, 0x00] or [0x00, 0x00])
            ? "a coil is written as FF00 (on) or 0000 (off)"
            : null;
    }
}
