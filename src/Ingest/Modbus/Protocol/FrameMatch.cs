namespace EnergyWatch.Ingest.Modbus.Protocol;

/// <summary>What stands at the start of the bytes that came, held against the question that was asked.</summary>
enum FrameVerdict
{
    /// <summary>The frame is not complete yet.</summary>
    NeedMore,
    /// <summary>An answer to an earlier question, or our own request come back: to be thrown away.</summary>
    Older,
    /// <summary>The answer: data or an exception.</summary>
    Answer,
    /// <summary>Nothing that may stand here: no byte of this stream can be trusted any more.</summary>
    Broken,
}

/// <param name="Length">Bytes of the whole frame, for <see cref="FrameVerdict.Older"/> and <see cref="FrameVerdict.Answer"/>.</param>
/// <param name="DataStart">Where the data of an answer begins, counted from the start of the frame.</param>
/// <param name="Exception">The meter's refusal, of an answer without data; a protocol of its own words maps them to the nearest code.</param>
/// <param name="Fault">What is wrong, in words, for <see cref="FrameVerdict.Broken"/>.</param>
readonly record struct FrameMatch(
    FrameVerdict Verdict, int Length = 0, int DataStart = 0, int DataLength = 0,
    ModbusExceptionCode Exception = ModbusExceptionCode.None, string? Fault = null)
{
    /// <summary>What was added to each byte of the data on the wire, and is to be taken off (DL/T 645).</summary>
    public byte Mask { get; init; }

    public static FrameMatch NeedMore => new(FrameVerdict.NeedMore);
    public static FrameMatch Older(int length) => new(FrameVerdict.Older, length);
    public static FrameMatch Answer(int length, int dataStart, int dataLength) => new(FrameVerdict.Answer, length, dataStart, dataLength);
    public static FrameMatch Refusal(int length, ModbusExceptionCode code) => new(FrameVerdict.Answer, length, Exception: code);
    public static FrameMatch Broken(string fault) => new(FrameVerdict.Broken, Fault: fault);
}

/// <summary>
/// How a request is framed, and which of the bytes that came are its answer. Pure and total: buffers in, verdict out, and no bytes
/// make it throw. All that differs between the protocols on a line.
/// </summary>
interface IFrameCodec
{
    /// <summary>True where an answer names its question, so that a late one can be told apart.</summary>
    bool AnswersCarryId { get; }

    /// <summary>Why the protocol has no such question, in words; null where it has. Only what passes here is written or matched.</summary>
    string? Objection(MeterRequest request);

    /// <summary>Writes the frame and returns its length. <paramref name="frame"/> holds at least 260 bytes.</summary>
    int Write(Span<byte> frame, MeterRequest request, ushort id);

    /// <param name="received">All that came and was not used yet.</param>
    /// <param name="request">The question that waits for its answer.</param>
    /// <param name="id">The id of that question.</param>
    /// <param name="earlier">How many questions were asked on this connection before it.</param>
    FrameMatch Match(ReadOnlySpan<byte> received, MeterRequest request, ushort id, int earlier);
}
