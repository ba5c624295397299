namespace EnergyWatch.Ingest.Push;

/// <summary>
/// The lines of a stream, one buffer for all of them. A line ends with LF or CRLF, inside quotes too: no field of ours
/// holds a line break, and so a quote that is never closed harms its own line and not the rest of the file.
/// </summary>
sealed class CsvLines(Stream stream)
{
    /// <summary>
    /// Five thousand meters are a line of 100 KiB. What is longer is dropped as it comes: <see cref="IsCut"/>.
    /// </summary>
    public const int LongestLine = 1 << 20;

    const int FirstBuffer = 64 * 1024;

    byte[] _buffer = new byte[FirstBuffer];
    int _start;
    int _searched;
    int _end;
    bool _isAtEnd;
    bool _isCutting;

    /// <summary>Number of the line read last, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>The line read last was too long; nothing is left of it.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Reads on; false when nothing is left. All lines must have been taken before.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken stop)
    {
        if (_isAtEnd) return false;
        MakeRoom();
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), stop);
        _end += read;
        _isAtEnd = read == 0;
        return !_isAtEnd || _end > _start || _isCutting;
    }

    /// <summary>The next whole line without its end; valid until the next <see cref="FillAsync"/>.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        var feed = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
        if (feed < 0)
        {
            _searched = _end;
            if (!_isAtEnd || (_start == _end && !_isCutting))
            {
                line = default;
                return false;
            }
        }
        var end = feed < 0 ? _end : _searched + feed;
        line = _buffer.AsSpan(_start, end - _start);
        if (!line.IsEmpty && line[^1] == '\r') line = line[..^1];
        if (Number++ == 0 && line.StartsWith("\uFEFF"u8)) line = line[3..];
        (IsCut, _isCutting) = (_isCutting, false);
        _start = _searched = feed < 0 ? _end : end + 1;
        if (IsCut) line = default;
        return true;
    }

    void MakeRoom()
    {
        if (_isCutting || _end - _start >= LongestLine)
        {
            _isCutting = true;
            _start = _searched = _end = 0;
        }
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_searched, _end, _start) = (_searched - _start, _end - _start, 0);
        }
        if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
    }
}
