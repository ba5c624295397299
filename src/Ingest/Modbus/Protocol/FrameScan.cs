namespace EnergyWatch.Ingest.Modbus.Protocol;

/// <summary>
/// Finds the first whole frame of DL/T 645 or CJ/T 188 in what a half-duplex line brought. Both begin with FEh to wake the line, any
/// number of them, and both are
/// <code>
/// 68h  header  L  data  CS  16h        CS: sum of all from 68h to the data, modulo 256
/// </code>
/// A 68h may also stand in noise, and noise may end with what looks like the header of a frame: so each is tried, and the first one that
/// is whole and sums up is the frame. Where there is none and none that may yet become one, it is told what is wrong with the first that
/// looked like one.
/// </summary>
/// <param name="Header">Bytes up to and with L.</param>
/// <param name="SecondStart">Where 68h stands again; 0 where it does not.</param>
readonly record struct FrameScan(int Header, int SecondStart)
{
    /// <summary>Bytes that may come before a frame: wake-up bytes and the line's noise.</summary>
    public const int MaxNoise = 64;
    public const int MaxData = 200;
    public const byte Start = 0x68;
    public const byte End = 0x16;
    public const byte WakeUp = 0xFE;
    const int Trailer = 2;

    /// <summary>Bytes of a frame besides its item, wake-up bytes included, at most.</summary>
    public const int Around = 4 + 11 + 4 + Trailer;

    /// <returns>True with the place of a frame; false with what to do instead.</returns>
    public bool TryFind(ReadOnlySpan<byte> received, out int start, out int length, out FrameMatch otherwise)
    {
        FrameMatch? wait = null;
        FrameMatch? wrong = null;
        (start, length) = (0, 0);
        var candidates = received.Length > MaxNoise ? MaxNoise + 1 : received.Length;
        for (; start < candidates; start++)
        {
            if (received[start] != Start || !LooksLikeOne(received[start..])) continue;
            var verdict = Judge(received[start..], out length);
            if (verdict is null)
            {
                otherwise = default;
                return true;
            }
            if (verdict.Value.Verdict == FrameVerdict.NeedMore) wait ??= verdict;
            else wrong ??= verdict;
        }
        otherwise = wait ?? wrong ?? (received.Length > MaxNoise ? FrameMatch.Broken($"{received.Length} bytes came that are no frame") : FrameMatch.NeedMore);
        return false;
    }

    /// <summary>Puts sum and end behind header and data. Returns the length of the whole.</summary>
    public static int Close(Span<byte> frame, int length)
    {
        frame[length] = Sum(frame[..length]);
        frame[length + 1] = End;
        return length + Trailer;
    }

    bool LooksLikeOne(ReadOnlySpan<byte> at) =>
        (SecondStart == 0 || at.Length <= SecondStart || at[SecondStart] == Start) && (at.Length < Header || at[Header - 1] <= MaxData);

    // Null where it is a frame.
    FrameMatch? Judge(ReadOnlySpan<byte> at, out int length)
    {
        length = 0;
        if (at.Length < Header) return FrameMatch.NeedMore;
        length = Header + at[Header - 1] + Trailer;
        if (at.Length < length) return FrameMatch.NeedMore;
        var (sum, end) = (at[length - 2], at[length - 1]);
        if (sum != Sum(at[..(length - Trailer)])) return FrameMatch.Broken("the check sum does not match");
        return end == End ? null : FrameMatch.Broken($"the frame ends with {end:X2}h, not with 16h");
    }

    static byte Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        foreach (var octet in bytes) sum += octet;
        return (byte)sum;
    }
}
