using EnergyWatch.Ingest.Modbus.Protocol;

namespace EnergyWatch.Ingest.Modbus.Lines;

/// <summary>What came over a line and was not used yet. What was passed on stays where it is until room is needed again.</summary>
sealed class Inbox
{
    readonly byte[] _bytes = new byte[1024];
    int _filled;
    int _used;
    long _gone;

    public ReadOnlySpan<byte> Unread => _bytes.AsSpan(_used, _filled - _used);

    public bool IsEmpty => _filled == _used;

    /// <summary>How many bytes were taken out since it was emptied: where in the stream <see cref="Unread"/> begins.</summary>
    public long Position => _gone + _used;

    /// <summary>Where in the stream it ends.</summary>
    public long End => _gone + _filled;

    /// <summary>Where the next bytes go.</summary>
    public Memory<byte> Room()
    {
        if (_used > 0)
        {
            Unread.CopyTo(_bytes);
            (_gone, _filled, _used) = (_gone + _used, _filled - _used, 0);
        }
        return _bytes.AsMemory(_filled);
    }

    public void Add(int count) => _filled += count;

    /// <summary>Takes the frame out and gives its data.</summary>
    public ReadOnlyMemory<byte> Take(FrameMatch match)
    {
        var data = _bytes.AsMemory(_used + match.DataStart, match.DataLength);
        _used += match.Length;
        if (match.Mask != 0)
            foreach (ref var octet in data.Span) octet -= match.Mask;
        return data;
    }

    public void Clear() => (_gone, _filled, _used) = (0, 0, 0);
}
