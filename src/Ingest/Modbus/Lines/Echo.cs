using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>
/// Some RS-485 adapters hear themselves: the request comes back before its answer. Whether a line does shows with its first exchange
/// and holds until it is opened again. The answer to some questions is the request word for word (functions 5 and 6): on a line not
/// known yet, such a frame is held back until something follows, and it was the echo, or nothing does, and it was the answer.
/// </summary>
sealed class Echo
{
    bool? _echoes;
    bool _passed;

    /// <summary>Only the deadline tells what came: it is the answer if nothing follows.</summary>
    public bool InDoubt { get; private set; }

    /// <summary>The line was opened: nothing is known of it.</summary>
    public void Forget() => _echoes = null;

    /// <summary>A request goes out.</summary>
    public void Begin() => (_passed, InDoubt) = (false, false);

    /// <summary>Nothing followed in time: the line does not echo, and what came is the answer.</summary>
    public void NothingFollowed() => (_echoes, InDoubt) = (false, false);

    /// <summary>What stands at the start of what came, an echo before it taken as something to throw away.</summary>
    public FrameMatch Match(IFrameCodec codec, ReadOnlySpan<byte> received, ReadOnlySpan<byte> sent, MeterRequest request, ushort id)
    {
        if (_passed || _echoes == false) return codec.Match(received, request, id, 0);
        var common = Math.Min(received.Length, sent.Length);
        if (!received[..common].SequenceEqual(sent[..common])) return NotEchoed(codec, received, request, id);
        if (common < sent.Length) return FrameMatch.NeedMore;
        InDoubt = _echoes is null && received.Length == sent.Length && codec.Match(sent, request, id, 0).Verdict == FrameVerdict.Answer;
        if (InDoubt) return FrameMatch.NeedMore;
        (_echoes, _passed) = (true, true);
        return FrameMatch.Older(sent.Length);
    }

    FrameMatch NotEchoed(IFrameCodec codec, ReadOnlySpan<byte> received, MeterRequest request, ushort id)
    {
        if (_echoes == true)
        {
            _echoes = null;
            return FrameMatch.Broken("the line did not carry the request as it was sent");
        }
        var match = codec.Match(received, request, id, 0);
        if (match.Verdict == FrameVerdict.Answer) _echoes = false;
        return match;
    }
}
