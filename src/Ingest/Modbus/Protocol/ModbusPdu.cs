using System.Buffers.Binary;

namespace EnergyWatch.Ingest.Modbus.Protocol;

/// <summary>Protocol data units of the read functions: pure functions over buffers, framing apart.</summary>
static class ModbusPdu
{
    /// <summary>Longest PDU (V1.1b3 section 4.1: 256 bytes of a serial frame less address and CRC).</summary>
    public const int MaxLength = 253;
    public const int ReadRequestLength = 5;
    const byte ExceptionBit = 0x80;

    /// <summary>Why the specification has no such question: a count within its bound, and no address past 65535.</summary>
    public static string? Objection(MeterRequest request)
    {
        if (request.Meter > byte.MaxValue) return "a Modbus unit is a number from 0 to 255";
        if (request.Function is < MeterFunction.Coils or > MeterFunction.InputRegisters) return "Modbus has no such function";
        var most = request.ReadsBits ? MeterRequest.MaxBits : MeterRequest.MaxWords;
        if (request.Count == 0 || request.Count > most) return "Modbus has no read of so many registers";
        return request.Address + request.Count <= 65536 ? null : "the last Modbus register is 65535";
    }

    /// <summary>
    /// Read request, V1.1b3 sections 6.1 to 6.4:
    /// <code>
    /// 00     function 01..04
    /// 01-02  starting address
    /// 03-04  quantity of bits or registers
    /// </code>
    /// </summary>
    public static int WriteRead(Span<byte> pdu, MeterRequest request)
    {
        pdu[0] = (byte)request.Function;
        BinaryPrimitives.WriteUInt16BigEndian(pdu[1..], (ushort)request.Address);
        BinaryPrimitives.WriteUInt16BigEndian(pdu[3..], request.Count);
        return ReadRequestLength;
    }

    /// <summary>
    /// Answer, V1.1b3 sections 6.1 to 6.4 and 7:
    /// <code>
    /// 00     function          00  function + 80h
    /// 01     byte count        01  exception code
    /// 02-    data
    /// </code>
    /// </summary>
    /// <param name="pdu">The unit that came.</param>
    /// <param name="start">Where it begins in its frame.</param>
    /// <param name="length">Bytes of the whole frame.</param>
    public static FrameMatch Match(ReadOnlySpan<byte> pdu, MeterRequest request, int start, int length)
    {
        const string wrongCount = "the answer holds another number of registers";
        if (pdu.IsEmpty) return FrameMatch.Broken(wrongCount);
        if (pdu[0] == ((byte)request.Function | ExceptionBit))
            return pdu.Length == 2 && pdu[1] != 0
                ? FrameMatch.Refusal(length, (ModbusExceptionCode)pdu[1])
                : FrameMatch.Broken("the exception is not one code of one byte");
        if (pdu[0] != (byte)request.Function) return FrameMatch.Broken("the answer is to another function");
        return pdu.Length == 2 + request.DataLength && pdu[1] == request.DataLength
            ? FrameMatch.Answer(length, start + 2, request.DataLength)
            : FrameMatch.Broken(wrongCount);
    }

    /// <summary>
    /// Length of the answer that begins here, where the framing does not tell it (RTU); 0 while too little has come, -1 where no
    /// answer to a read begins like this.
    /// </summary>
    public static int AnswerLength(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty) return 0;
        if ((start[0] & ExceptionBit) != 0) return 2;
        if (start[0] is < (byte)MeterFunction.Coils or > (byte)MeterFunction.InputRegisters) return -1;
        if (start.Length < 2) return 0;
        return start[1] + 2 <= MaxLength ? start[1] + 2 : -1;
    }
}
