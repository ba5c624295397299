using EnergyWatch.Ingest.Modbus.Maps;
using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Dlt645;

/// <summary>
/// DL/T 645 (1997 and 2007, section 5.2 of either): reading a data item.
/// <code>
/// 00     68h
/// 01-06  address, 12 digits, the last two first
/// 07     68h
/// 08     C   2007: 11h asks, 91h answers, B1h answers in part, D1h refuses; 1997: 01h, 81h, A1h, C1h
/// 09     L   bytes of data
/// 10-    data, 33h added to each: identifier (2007: 4 bytes, 1997: 2), low byte first, then the item; of a refusal one byte ERR
/// n-2    CS
/// n-1    16h
/// </code>
/// An answer names meter and item but not the question: a late one cannot be told from the one that is due.
/// </summary>
sealed class Dlt645Frame : IFrameCodec
{
    const int HeaderLength = 10;
    const byte Mask = 0x33;
    const int WakeUps = 4;
    const int AnswerBit = 0x80, RefusalBits = 0xC0, MoreBits = 0xA0;
    static readonly FrameScan Scan = new(HeaderLength, SecondStart: 7);

    public static readonly Dlt645Frame Of2007 = new(MeterProtocol.Dlt645Of2007, 0x11, 4);
    public static readonly Dlt645Frame Of1997 = new(MeterProtocol.Dlt645Of1997, 0x01, 2);

    readonly MeterProtocol _protocol;
    readonly byte _read;
    readonly int _itemLength;

    Dlt645Frame(MeterProtocol protocol, byte read, int itemLength) => (_protocol, _read, _itemLength) = (protocol, read, itemLength);

    public bool AnswersCarryId => false;

    public string? Objection(MeterRequest request)
    {
        if (request.Function != MeterFunction.DataItem) return $"{_protocol.InWords()} has data items only";
        if (request.Meter >> 48 != 0) return $"the address must be {MeterAddress.Allowed(_protocol)}";
        return (ulong)request.Address >> (8 * _itemLength) == 0 ? null : $"an identifier has {_itemLength} bytes";
    }

    public int Write(Span<byte> frame, MeterRequest request, ushort id)
    {
        frame[..WakeUps].Fill(FrameScan.WakeUp);
        return WakeUps + WriteBare(frame[WakeUps..], request);
    }

    public FrameMatch Match(ReadOnlySpan<byte> received, MeterRequest request, ushort id, int earlier)
    {
        if (!Scan.TryFind(received, out var start, out var length, out var otherwise)) return otherwise;
        var frame = received.Slice(start, length);
        var end = start + length;
        Span<byte> asked = stackalloc byte[HeaderLength + 4 + 2];
        if (frame.SequenceEqual(asked[..WriteBare(asked, request)])) return FrameMatch.Older(end);
        var meter = MeterAddress.Read(frame[1..7]);
        if (meter != request.Meter && !MeterAddress.IsAny(_protocol, request.Meter))
            return FrameMatch.Broken($"the answer is of {(request with { Meter = meter }).Place}, asked was {request.Place}");
        var control = frame[8];
        var data = frame[HeaderLength..^2];
        if (control == (_read | RefusalBits))
            return data.Length == 1 ? FrameMatch.Refusal(end, Refusal((byte)(data[0] - Mask))) : FrameMatch.Broken("a refusal without its reason");
        if (control != (_read | AnswerBit) && control != (_read | MoreBits))
            return FrameMatch.Broken($"control code {control:X2}h does not answer the reading of a data item");
        if (data.Length < _itemLength) return FrameMatch.Broken("the answer names no data item");
        var item = Item(data);
        if (item != request.Address)
            return FrameMatch.Broken(
                $"the answer is of data item {DataItems.Shown(_protocol, item)}, asked was {DataItems.Shown(_protocol, request.Address)}");
        if (control == (_read | MoreBits)) return FrameMatch.Refusal(end, ModbusExceptionCode.SeveralFrames);
        if (data.Length - _itemLength != request.Count) return FrameMatch.Refusal(end, ModbusExceptionCode.OtherItemLength);
        return FrameMatch.Answer(end, start + HeaderLength + _itemLength, request.Count) with { Mask = Mask };
    }

    int WriteBare(Span<byte> frame, MeterRequest request)
    {
        frame[0] = frame[7] = FrameScan.Start;
        MeterAddress.Write(frame[1..7], request.Meter);
        (frame[8], frame[9]) = (_read, (byte)_itemLength);
        for (var i = 0; i < _itemLength; i++) frame[HeaderLength + i] = (byte)((request.Address >> (8 * i)) + Mask);
        return FrameScan.Close(frame, HeaderLength + _itemLength);
    }

    uint Item(ReadOnlySpan<byte> data)
    {
        uint item = 0;
        for (var i = _itemLength - 1; i >= 0; i--) item = item << 8 | (byte)(data[i] - Mask);
        return item;
    }

    // The word ERR. 2007, table 3: bit 0 other error, 1 no such data, 2 password wrong or not authorized, 3 to 6 of writing only.
    // 1997: bit 0 illegal data, 1 wrong identifier, 2 password wrong.
    static ModbusExceptionCode Refusal(byte error) =>
        (error & 2) != 0 ? ModbusExceptionCode.IllegalDataAddress
        : (error & 4) != 0 ? ModbusExceptionCode.NotAuthorized
        : ModbusExceptionCode.OtherError;
}
