namespace EnergyWatch.Ingest.Modbus.Protocol;

/// <summary>What stands at the start of the bytes that came, held against the question that was asked.</summary>
enum FrameVerdict
{
    /// <summary>The frame is not complete yet.</summary>
    NeedMore,
    /// <summary>An answer to an earlier question: to be thrown away.</summary>
    Older,
    /// <summary>The answer: data or an exception.</summary>
    Answer,
    /// <summary>Nothing that may stand here: no byte of this stream can be trusted any more.</summary>
    Broken,
}

/// <param name="Length">Bytes of the whole frame, for <see cref="FrameVerdict.Older"/> and <see cref="FrameVerdict.Answer"/>.</param>
/// <param name="PduStart">Where its protocol data unit begins.</param>
/// <param name="Fault">What is wrong, in words, for <see cref="FrameVerdict.Broken"/>.</param>
readonly record struct FrameMatch(FrameVerdict Verdict, int Length = 0, int PduStart = 0, int PduLength = 0, string? Fault = null)
{
    public static FrameMatch NeedMore => new(FrameVerdict.NeedMore);
    public static FrameMatch Broken(string fault) => new(FrameVerdict.Broken, Fault: fault);
}

/// <summary>
/// How a request is framed, and which of the bytes that came are its answer. Pure: buffers in, verdict out. All that differs between
/// Modbus TCP and RTU over TCP.
/// </summary>
interface IFrameCodec
{
    /// <summary>True where an answer names its question, so that a late one can be told apart.</summary>
    bool AnswersCarryId { get; }

    /// <summary>Writes the frame and returns its length. <paramref name="frame"/> holds at least 260 bytes.</summary>
    int Write(Span<byte> frame, MeterRequest request, ushort id);

    /// <param name="received">All that came and was not used yet.</param>
    /// <param name="request">The question that waits for its answer.</param>
    /// <param name="id">The id of that question.</param>
    /// <param name="earlier">How many questions were asked on this connection before it.</param>
    FrameMatch Match(ReadOnlySpan<byte> received, MeterRequest request, ushort id, int earlier);
}

static class PduVerdicts
{
    /// <summary>What the frame is once its protocol data unit has been held against the question.</summary>
    public static FrameMatch InFrame(this PduVerdict verdict, int length, int pduStart, int pduLength) => verdict switch
    {
        PduVerdict.WrongFunction => FrameMatch.Broken("the answer is to another function"),
        PduVerdict.WrongLength => FrameMatch.Broken("the answer holds another number of registers"),
        _ => new(FrameVerdict.Answer, length, pduStart, pduLength),
    };
}
