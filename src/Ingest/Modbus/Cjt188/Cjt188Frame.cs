using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Cjt188;

/// <summary>
/// CJ/T 188 (2004 and 2018, section 5): reading a data item of a water, heat or gas meter.
/// <code>
/// 00     68h
/// 01     T   what kind of meter
/// 02-08  address, 14 digits, the last two first
/// 09     C   01h asks, 81h answers, C1h refuses
/// 10     L   bytes of data
/// 11-12  identifier, low byte first (a meter that wants it the other way round has it so in its model)
/// 13     SER of the question
/// 14-    the item
/// n-2    CS
/// n-1    16h
/// </code>
/// SER is one byte, and meters exist that answer late: enough to refuse a wrong answer, too little to pick the right one by. Others always
/// answer with SER 0. That is taken too, since nothing hangs on SER: the kind of meter, its address and the item must be those asked for,
/// and a line whose answers carry no id is closed, or drained until it is still, after a question that stayed without answer.
/// </summary>
sealed class Cjt188Frame : IFrameCodec
{
    const int HeaderLength = 11;
    const int NameLength = 3;
    const int WakeUps = 4;
    const byte Read = 0x01, Answer = 0x81, Refusal = 0xC1;
    static readonly FrameScan Scan = new(HeaderLength, SecondStart: 0);

    public static readonly Cjt188Frame Codec = new();

    public bool AnswersCarryId => false;

    public string? Objection(MeterRequest request)
    {
        if (request.Function != MeterFunction.DataItem) return "CJ/T 188 has data items only";
        if (request.Meter >> 56 != 0) return $"the address must be {MeterAddress.Allowed(MeterProtocol.Cjt188)}";
        return DataItems.MeterTypeOf(request.Address) == 0 ? "the kind of meter is not given" : null;
    }

    public int Write(Span<byte> frame, MeterRequest request, ushort id)
    {
        frame[..WakeUps].Fill(FrameScan.WakeUp);
        return WakeUps + WriteBare(frame[WakeUps..], request, id);
    }

    public FrameMatch Match(ReadOnlySpan<byte> received, MeterRequest request, ushort id, int earlier)
    {
        if (!Scan.TryFind(received, out var start, out var length, out var otherwise)) return otherwise;
        var frame = received.Slice(start, length);
        var end = start + length;
        Span<byte> asked = stackalloc byte[HeaderLength + NameLength + 2];
        asked = asked[..WriteBare(asked, request, id)];
        if (frame.SequenceEqual(asked)) return FrameMatch.Older(end);
        var type = DataItems.AnswerTypeOf(request.Address);
        if (frame[1] != type) return FrameMatch.Broken($"the answer is of a meter of type {frame[1]:X2}h, asked was {type:X2}h");
        var meter = MeterAddress.Read(frame[2..9]);
        if (meter != request.Meter && !MeterAddress.IsAny(MeterProtocol.Cjt188, request.Meter))
            return FrameMatch.Broken($"the answer is of {(request with { Meter = meter }).Place}, asked was {request.Place}");
        var control = frame[9];
        var data = frame[HeaderLength..^2];
        if (control == Refusal) return FrameMatch.Refusal(end, ModbusExceptionCode.OtherError);
        if (control != Answer) return FrameMatch.Broken($"control code {control:X2}h does not answer the reading of a data item");
        if (data.Length < NameLength) return FrameMatch.Broken("the answer names no data item");
        if (!data[..2].SequenceEqual(asked[HeaderLength..(HeaderLength + 2)]))
            return FrameMatch.Broken($"the answer is of data item {data[1]:X2}{data[0]:X2}, asked was {asked[12]:X2}{asked[11]:X2}");
        if (data[2] != Serial(id) && data[2] != 0) return FrameMatch.Broken($"the answer is to question {data[2]}, asked was question {Serial(id)}");
        if (data.Length - NameLength < request.Count) return FrameMatch.Refusal(end, ModbusExceptionCode.OtherItemLength);
        return FrameMatch.Answer(end, start + HeaderLength + NameLength, data.Length - NameLength);
    }

    static int WriteBare(Span<byte> frame, MeterRequest request, ushort id)
    {
        (frame[0], frame[1]) = (FrameScan.Start, DataItems.MeterTypeOf(request.Address));
        MeterAddress.Write(frame[2..9], request.Meter);
        (frame[9], frame[10]) = (Read, NameLength);
        (frame[11], frame[12], frame[13]) = ((byte)request.Address, (byte)(request.Address >> 8), Serial(id));
        return FrameScan.Close(frame, HeaderLength + NameLength);
    }

    // The first question on a line is question 0.
    static byte Serial(ushort id) => (byte)(id - 1);
}
