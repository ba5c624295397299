using System.Buffers.Binary;

namespace EnergyWatch.Ingest.Push;

/// <summary>
/// Hands packed bytes on so that no read goes past the begin of a member. When the reader comes for bytes, everything
/// before them is unpacked; where a member may begin, what stands before it can thus be held against ISIZE.
/// </summary>
sealed class GzipMembers(Stream packed) : ForwardStream(packed)
{
    /// <summary>Header and trailer of a member; a deflate block between them takes two more bytes.</summary>
    const int ShortestMember = 10 + 2 + 8;
    const int LastBytes = 4;

    readonly byte[] _buffer = new byte[16 * 1024];
    readonly byte[] _last = new byte[LastBytes];
    int _start;
    int _end;
    bool _ended;
    long _packedOfMember;
    long _unpackedBefore;

    // ID1, ID2 and the only method there is.
    static ReadOnlySpan<byte> MemberBegin => [0x1F, 0x8B, 0x08];

    /// <summary>How much came out of it so far, in bytes; told by who unpacks.</summary>
    public long Unpacked { get; set; }

    /// <summary>What was handed on since the last member began ends as a whole member does.</summary>
    public bool IsWhole => _packedOfMember >= ShortestMember
        && BinaryPrimitives.ReadUInt32LittleEndian(_last) == (uint)(Unpacked - _unpackedBefore);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        while (_end - _start < MemberBegin.Length && !_ended) await FillAsync(cancellationToken);
        if (_buffer.AsSpan(_start, _end - _start).StartsWith(MemberBegin) && IsWhole)
            (_packedOfMember, _unpackedBefore) = (0, Unpacked);
        var count = Math.Min(buffer.Length, UpToNextBegin());
        HandOn(_buffer.AsSpan(_start, count));
        _buffer.AsMemory(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    async ValueTask FillAsync(CancellationToken stop)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var read = await Inner.ReadAsync(_buffer.AsMemory(_end), stop);
        _end += read;
        _ended = read == 0;
    }

    // Two bytes are held back while more may come: they can be the first of a begin.
    int UpToNextBegin()
    {
        var there = _buffer.AsSpan(_start, _end - _start);
        if (there.Length <= 1) return there.Length;
        var next = there[1..].IndexOf(MemberBegin);
        if (next >= 0) return next + 1;
        return _ended ? there.Length : there.Length - (MemberBegin.Length - 1);
    }

    void HandOn(ReadOnlySpan<byte> bytes)
    {
        _packedOfMember += bytes.Length;
        if (bytes.Length >= LastBytes)
        {
            bytes[^LastBytes..].CopyTo(_last);
            return;
        }
        _last.AsSpan(bytes.Length).CopyTo(_last);
        bytes.CopyTo(_last.AsSpan(LastBytes - bytes.Length));
    }
}
