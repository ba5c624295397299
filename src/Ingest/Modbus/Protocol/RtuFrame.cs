using System.Buffers.Binary;

namespace EnergyWatch.Ingest.Modbus.Protocol;

/// <summary>
/// RTU framing without its silences, as serial servers pass it through (MODBUS over Serial Line V1.02, section 2.5.1):
/// <code>
/// 00     unit
/// 01-    PDU
/// n-2..  CRC of all before it, low byte first
/// </code>
/// A line that turns round may bring a byte or two of noise first: a frame behind it is taken where it is the answer, whole and summed up.
/// An answer has no id and no length: its length follows from its function, and whether it is ours from unit, function, count and CRC.
/// </summary>
sealed class RtuFrame : IFrameCodec
{
    const int CrcLength = 2;
    // Fewer than the shortest answer, so that no whole frame passes for noise.
    const int MaxNoise = 4;

    public static readonly RtuFrame Codec = new();

    public bool AnswersCarryId => false;

    public string? Objection(MeterRequest request) => request is { IsWrite: true, Unit: 0 }
        ? "unit 0 is every meter at once, and none of them confirms a write"
        : ModbusPdu.Objection(request);

    public int Write(Span<byte> frame, MeterRequest request, ushort id)
    {
        frame[0] = request.Unit;
        var length = 1 + ModbusPdu.Write(frame[1..], request);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[length..], Crc16.Of(frame[..length]));
        return length + CrcLength;
    }

    public FrameMatch Match(ReadOnlySpan<byte> received, MeterRequest request, ushort id, int earlier)
    {
        var match = MatchStart(received, request);
        for (var noise = 1; noise <= MaxNoise && noise <= received.Length && match.Verdict != FrameVerdict.Answer; noise++)
        {
            var rest = received[noise..];
            if (!MayBegin(rest, request)) continue;
            var behind = MatchStart(rest, request);
            if (behind.Verdict == FrameVerdict.Answer) return behind with { Length = noise + behind.Length, DataStart = noise + behind.DataStart };
            if (behind.Verdict == FrameVerdict.NeedMore) match = behind;
        }
        return match;
    }

    static bool MayBegin(ReadOnlySpan<byte> rest, MeterRequest request)
    {
        if (rest.IsEmpty) return true;
        if (rest[0] != request.Unit) return false;
        if (rest.Length == 1) return true;
        if (rest[1] != (byte)request.Function) return rest[1] == ((byte)request.Function | ModbusPdu.ExceptionBit);
        return rest.Length == 2 || !request.IsRead || rest[2] == request.DataLength;
    }

    static FrameMatch MatchStart(ReadOnlySpan<byte> received, MeterRequest request)
    {
        if (received.IsEmpty) return FrameMatch.NeedMore;
        if (received[0] != request.Unit) return FrameMatch.Broken($"the answer is of unit {received[0]}, asked was unit {request.Unit}");
        var pdu = ModbusPdu.AnswerLength(received[1..]);
        if (pdu < 0) return FrameMatch.Broken("no answer begins like the bytes that came");
        var length = 1 + pdu + CrcLength;
        if (pdu == 0 || received.Length < length) return FrameMatch.NeedMore;
        var crc = BinaryPrimitives.ReadUInt16LittleEndian(received[(length - CrcLength)..]);
        if (crc != Crc16.Of(received[..(length - CrcLength)])) return FrameMatch.Broken("the check sum does not match");
        return ModbusPdu.Match(received[1..(1 + pdu)], request, 1, length);
    }

    /// <summary>Bytes of the frame that answers a read.</summary>
    public static int AnswerLength(MeterRequest request) => 3 + request.DataLength + CrcLength;
}
