namespace EnergyWatch.Ingest.Modbus.Protocol;

/// <summary>One object of a device identification: what it is about, and its bytes.</summary>
readonly ref struct IdentificationObject(byte id, ReadOnlySpan<byte> value)
{
    public byte Id { get; } = id;
    public ReadOnlySpan<byte> Value { get; } = value;
}

/// <summary>
/// Function 43 / 14, Read Device Identification (V1.1b3 section 6.21), whose answer tells its length only object by object:
/// <code>
/// 00     2B                                     00     2B
/// 01     0E  MEI type                           01     0E
/// 02     1 basic, 2 regular, 3 extended, 4 one  02     the same
/// 03     first object                           03     conformity level
///                                               04     more follows: 00 or FF
///                                               05     next object, where more follows
///                                               06     number of objects
///                                               07-    object id, length, text; and so on
/// </code>
/// Such a request carries the code in its count and the first object in its address. The data of its answer begin at 03.
/// </summary>
static class IdentificationPdu
{
    const byte Mei = 0x0E;
    const int FirstObject = 7;
    const int DataStart = 3;

    public static MeterRequest Request(byte unit, byte code, byte firstObject) => new(unit, MeterFunction.DeviceIdentification, firstObject, code);

    public static string? Objection(MeterRequest request) =>
        request.Count is >= 1 and <= 4 && request.Address <= byte.MaxValue ? null : "an identification is asked with a code from 1 to 4";

    public static int Write(Span<byte> pdu, MeterRequest request)
    {
        (pdu[0], pdu[1], pdu[2], pdu[3]) = ((byte)request.Function, Mei, (byte)request.Count, (byte)request.Address);
        return 4;
    }

    public static FrameMatch Match(ReadOnlySpan<byte> pdu, MeterRequest request, int start, int length)
    {
        if (pdu.Length < FirstObject || pdu[1] != Mei || pdu[2] != request.Count || pdu[4] is not (0x00 or 0xFF))
            return FrameMatch.Broken("the answer is to another identification");
        return AnswerLength(pdu) == pdu.Length
            ? FrameMatch.Answer(length, start + DataStart, pdu.Length - DataStart)
            : FrameMatch.Broken("the objects of the identification do not fill its frame");
    }

    /// <summary>Length of the answer that begins here; 0 while too little has come to tell, -1 where none begins like this.</summary>
    public static int AnswerLength(ReadOnlySpan<byte> pdu)
    {
        if (pdu.Length > 1 && pdu[1] != Mei) return -1;
        if (pdu.Length < FirstObject) return 0;
        var length = FirstObject;
        for (var left = pdu[FirstObject - 1]; left > 0; left--)
        {
            if (length + 2 > ModbusPdu.MaxLength) return -1;
            if (pdu.Length < length + 2) return 0;
            length += 2 + pdu[length + 1];
        }
        return length <= ModbusPdu.MaxLength ? length : -1;
    }

    /// <summary>How much the meter tells: 1 basic, 2 regular, 3 extended objects.</summary>
    public static int Conformity(ReadOnlySpan<byte> data) => data[0] & 0x7F;

    /// <summary>The object to go on with; null where none follows.</summary>
    public static byte? Next(ReadOnlySpan<byte> data) => data[1] == 0xFF ? data[2] : null;

    /// <summary>Takes the next object from the data of a verified answer, of which the place is kept by the caller.</summary>
    public static bool TryObject(ReadOnlySpan<byte> data, ref int place, out IdentificationObject found)
    {
        if (place == 0) place = FirstObject - DataStart;
        found = default;
        if (data.Length < place + 2 || data.Length < place + 2 + data[place + 1]) return false;
        found = new(data[place], data.Slice(place + 2, data[place + 1]));
        place += 2 + found.Value.Length;
        return true;
    }
}
