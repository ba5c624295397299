using System.Buffers.Binary;

namespace EnergyWatch.Ingest.Modbus.Protocol;

/// <summary>
/// Modbus TCP framing (MODBUS Messaging on TCP/IP V1.0b, section 3.1.3):
/// <code>
/// 00-01  transaction id, echoed by the answer
/// 02-03  protocol id, 0
/// 04-05  length of what follows: unit and PDU, 2..254
/// 06     unit
/// 07-    PDU
/// </code>
/// </summary>
sealed class MbapFrame : IFrameCodec
{
    public const int HeaderLength = 7;
    public const int MaxLengthField = 1 + ModbusPdu.MaxLength;
    const int MinLengthField = 2;

    public static readonly MbapFrame Codec = new();

    public bool AnswersCarryId => true;

    public string? Objection(MeterRequest request) => ModbusPdu.Objection(request);

    public int Write(Span<byte> frame, MeterRequest request, ushort id)
    {
        var pdu = ModbusPdu.Write(frame[HeaderLength..], request);
        BinaryPrimitives.WriteUInt16BigEndian(frame, id);
        BinaryPrimitives.WriteUInt16BigEndian(frame[2..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(frame[4..], (ushort)(1 + pdu));
        frame[6] = request.Unit;
        return HeaderLength + pdu;
    }

    public FrameMatch Match(ReadOnlySpan<byte> received, MeterRequest request, ushort id, int earlier)
    {
        if (received.Length < HeaderLength) return FrameMatch.NeedMore;
        var protocol = BinaryPrimitives.ReadUInt16BigEndian(received[2..]);
        if (protocol != 0) return FrameMatch.Broken($"protocol id {protocol} instead of 0");
        var lengthField = BinaryPrimitives.ReadUInt16BigEndian(received[4..]);
        if (lengthField is < MinLengthField or > MaxLengthField) return FrameMatch.Broken($"a frame length of {lengthField}");
        var answered = BinaryPrimitives.ReadUInt16BigEndian(received);
        var older = answered != id && (ushort)(id - answered) <= earlier;
        if (answered != id && !older) return FrameMatch.Broken($"transaction id {answered}, which was never asked");
        var length = HeaderLength - 1 + lengthField;
        if (received.Length < length) return FrameMatch.NeedMore;
        if (older) return FrameMatch.Older(length);
        if (received[6] != request.Unit) return FrameMatch.Broken(OtherUnit(received[6], request.Unit));
        return ModbusPdu.Match(received[HeaderLength..length], request, HeaderLength, length);
    }

    /// <summary>The id of the frame that begins here, once that much of it has come.</summary>
    public static bool TryId(ReadOnlySpan<byte> received, out ushort id) => BinaryPrimitives.TryReadUInt16BigEndian(received, out id);

    // Such a meter could be let pass, but then so could every other answer that lost its way.
    static string OtherUnit(byte answered, byte asked) => answered is 0 or 255
        ? $"the answer is of unit {answered}, asked was unit {asked}; this meter may answer as {answered} to everything: ask it as unit {answered}"
        : $"the answer is of unit {answered}, asked was unit {asked}";
}
