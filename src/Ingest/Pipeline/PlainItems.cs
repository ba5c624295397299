using System.Buffers.Text;
using System.Text;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>
/// The message that nearly every gateway sends, taken in one pass over its bytes:
/// <c>{"meter":"M-1","ts":1768000000000,"values":{"power":41.2}}</c> with its properties in any order, or an array of
/// such. It takes a whole payload or nothing of it. What is not plainly right (an escape, a name nobody knows, a second
/// value, a fault of any kind) it leaves to <see cref="JsonItems"/>, which alone refuses; and what it takes,
/// <see cref="JsonItems"/> would have taken just so.
/// </summary>
ref struct PlainItems(ReadOnlySpan<byte> json, Decoding work)
{
    /// <summary>With so many digits a number cannot leave 64 bits.</summary>
    const int MostDigits = 18;

    /// <summary>Up to here every whole number is a double, so that one division rounds as IEEE 754 asks.</summary>
    const ulong MostExact = 1UL << 53;

    static readonly double[] Powers =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];

    readonly ReadOnlySpan<byte> _json = json;
    int _at;

    /// <summary>False where something is not plain; what was found by then is to be taken back.</summary>
    public bool TryRead()
    {
        if (Next() != '[') return ReadItem(0) && IsAtEnd();
        _at++;
        for (var index = 0; ReadItem(index); index++)
            if (!Take(',')) return Take(']') && IsAtEnd();
        return false;
    }

    // { "meter": text, "ts": number or text, "values": { … } }, each once, ts not at all where it is arrival
    bool ReadItem(int index)
    {
        if (!Take('{')) return false;
        ReadOnlySpan<byte> meter = [];
        Instant? at = null;
        var count = -1;
        do
        {
            if (!TakeText(out var name) || !Take(':')) return false;
            var isNew = name switch
            {
                [(byte)'t', (byte)'s'] => at is null && TakeTime(out at),
                _ when name.SequenceEqual("meter"u8) => meter.IsEmpty && TakeText(out meter) && !meter.IsEmpty,
                _ when name.SequenceEqual("values"u8) => count < 0 && TakeValues(out count),
                _ => false,
            };
            if (!isNew) return false;
        }
        while (Take(','));
        return count > 0 && Take('}') && Keep(meter, at, count, index);
    }

    bool Keep(ReadOnlySpan<byte> name, Instant? ts, int count, int index)
    {
        Span<char> chars = stackalloc char[Decoding.LongestName];
        if (name.IsEmpty || name.Length > chars.Length || !IsPlainText(name)) return false;
        var at = ts ?? work.Context.ArrivedAt;
        if (work.Meters.Find(chars[..Encoding.UTF8.GetChars(name, chars)], at) is not { } meter) return false;
        var doubt = ts is null ? Doubt.ArrivalTime : Doubt.None;
        foreach (var (quantity, value) in work.Values.AsSpan(0, count))
            work.Found.Add(new Reading(new SeriesKey(meter.Id, quantity), at, value, Doubt: doubt), index);
        return true;
    }

    bool TakeValues(out int count)
    {
        (count, var seen) = (0, 0UL);
        if (!Take('{')) return false;
        do
        {
            if (!TakeText(out var key) || !Quantities.TryParse(key, out var quantity) || !Take(':')) return false;
            // Of each quantity one value, so there is room for all.
            if ((seen & 1UL << (int)quantity) != 0 || !TakeNumber(out var value)) return false;
            seen |= 1UL << (int)quantity;
            work.Values[count++] = (quantity, value);
        }
        while (Take(','));
        return Take('}');
    }

    bool TakeTime(out Instant? at)
    {
        at = null;
        Instant instant;
        if (Next() == '"')
        {
            if (!TakeText(out var text) || SentTime.FromRfc3339(text, out instant) is not null) return false;
        }
        else
        {
            var (digits, count) = TakeDigits();
            if (!IsWhole(count) || Peek() is (byte)'.' or (byte)'e' or (byte)'E') return false;
            if (SentTime.FromEpoch((long)digits, out instant) is not null) return false;
        }
        at = instant;
        return true;
    }

    // RFC 8259 section 6: -? (0 | 1-9 digits) (. digits)? (e|E +|-? digits)?
    bool TakeNumber(out double value)
    {
        value = 0;
        var isNegative = Next() == '-';
        var start = _at;
        if (isNegative) _at++;
        var (digits, count) = TakeDigits();
        if (!IsWhole(count)) return false;
        var decimals = 0;
        if (Peek() == '.')
        {
            _at++;
            (digits, decimals) = TakeDigits(digits);
            if (decimals == 0) return false;
        }
        if (Peek() is (byte)'e' or (byte)'E') return false;
        if (count + decimals <= MostDigits && digits <= MostExact)
        {
            value = digits / Powers[decimals];
            if (isNegative) value = -value;
            return true;
        }
        var text = _json[start.._at];
        return Utf8Parser.TryParse(text, out value, out var used) && used == text.Length && double.IsFinite(value);
    }

    // Of more digits than 18 the sum means nothing; nobody uses it then.
    (ulong Digits, int Count) TakeDigits(ulong digits = 0)
    {
        var json = _json;
        var at = _at;
        for (uint digit; (uint)at < (uint)json.Length && (digit = (uint)json[at] - '0') <= 9; at++)
            digits = digits * 10 + digit;
        var count = at - _at;
        _at = at;
        return (digits, count);
    }

    // The digits just taken; a zero stands alone.
    readonly bool IsWhole(int count) => count is > 0 and <= MostDigits && (count == 1 || _json[_at - count] != '0');

    /// <summary>A text without escapes, as its bytes.</summary>
    bool TakeText(out ReadOnlySpan<byte> text)
    {
        text = [];
        if (!Take('"')) return false;
        var length = _json[_at..].IndexOfAny((byte)'"', (byte)'\\');
        if (length < 0 || _json[_at + length] != '"') return false;
        text = _json.Slice(_at, length);
        _at += length + 1;
        return true;
    }

    static bool IsPlainText(ReadOnlySpan<byte> text) =>
        !text.ContainsAnyInRange((byte)0x00, (byte)0x1F)
            && (Ascii.IsValid(text) || System.Text.Unicode.Utf8.IsValid(text));

    bool IsAtEnd()
    {
        Next();
        return _at == _json.Length;
    }

    bool Take(char expected)
    {
        if (Next() != expected) return false;
        _at++;
        return true;
    }

    // What comes after white space; 0 at the end.
    byte Next()
    {
        while ((uint)_at < (uint)_json.Length)
        {
            var next = _json[_at];
            if (next > ' ') return next;
            if (next is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')) return 0;
            _at++;
        }
        return 0;
    }

    readonly byte Peek() => (uint)_at < (uint)_json.Length ? _json[_at] : (byte)0;
}
