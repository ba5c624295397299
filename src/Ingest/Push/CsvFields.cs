namespace EnergyWatch.Ingest.Push;

/// <summary>
/// The fields of one line (RFC 4180 section 2): <c>a,b</c>, or <c>"a, b"</c> with <c>""</c> for a quote inside. Blanks
/// around a field do not count; a quote that is not the first character of its field is text.
/// </summary>
ref struct CsvFields(ReadOnlySpan<byte> line)
{
    ReadOnlySpan<byte> _rest = line;
    bool _hasMore = true;

    /// <summary>Why there is no next field although the line goes on; null where it ended as it should.</summary>
    public string? Fault { get; private set; }

    /// <summary>Nothing on the line, or only separators: spreadsheets end their files so.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> line) =>
        line.IsEmpty || (line[0] is (byte)',' or <= (byte)' ' && line.IndexOfAnyExcept(", \t\r"u8) < 0);

    public bool Next(out ReadOnlySpan<byte> field)
    {
        if (!_hasMore)
        {
            field = default;
            return false;
        }
        if (!_rest.IsEmpty && _rest[0] == '"') return NextQuoted(out field);
        var comma = _rest.IndexOf((byte)',');
        _hasMore = comma >= 0;
        field = Trim(comma < 0 ? _rest : _rest[..comma]);
        _rest = comma < 0 ? default : _rest[(comma + 1)..];
        return true;
    }

    bool NextQuoted(out ReadOnlySpan<byte> field)
    {
        var text = _rest[1..];
        var (at, isEscaped) = (0, false);
        while (true)
        {
            var quote = text[at..].IndexOf((byte)'"');
            if (quote < 0) return Stop("a quote is not closed on its line", out field);
            at += quote;
            if (at + 1 == text.Length || text[at + 1] != '"') break;
            isEscaped = true;
            at += 2;
        }
        var rest = text[(at + 1)..];
        _hasMore = !rest.IsEmpty;
        if (_hasMore && rest[0] != ',') return Stop("there is text behind a closing quote", out field);
        _rest = _hasMore ? rest[1..] : default;
        field = Trim(isEscaped ? Unescaped(text[..at]) : text[..at]);
        return true;
    }

    bool Stop(string fault, out ReadOnlySpan<byte> field)
    {
        Fault = fault;
        _hasMore = false;
        field = default;
        return false;
    }

    static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> field) =>
        field.IsEmpty || (field[0] > ' ' && field[^1] > ' ') ? field : field.Trim(" \t\r"u8);

    static byte[] Unescaped(ReadOnlySpan<byte> text)
    {
        var plain = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            plain.Add(text[i]);
            if (text[i] == '"') i++;
        }
        return [.. plain];
    }
}
