using EnergyWatch.Domain.Time;

namespace EnergyWatch.Ingest.Pipeline;

/// <summary>Reads the times that senders write. Nothing is guessed: a time whose unit or offset is not certain is
/// refused with a hint.</summary>
static class SentTime
{
    const string NotRfc3339 = "not RFC 3339 (2026-03-17T06:45:00+08:00)";
    const string NoSuchTime = "there is no such date or time of day";
    const long FirstMs = -62_135_596_800_000, LastMs = 253_402_300_799_999;

    /// <summary>Epoch milliseconds; the fault in words, or null.</summary>
    public static string? FromEpoch(long milliseconds, out Instant at)
    {
        at = new Instant(Math.Clamp(milliseconds, FirstMs, LastMs));
        return milliseconds switch
        {
            >= 100_000_000 and < 100_000_000_000 => "epoch seconds? Send epoch milliseconds (13 digits)",
            > LastMs => "epoch micro- or nanoseconds? Send epoch milliseconds (13 digits)",
            < FirstMs => "before year 1; send epoch milliseconds (13 digits)",
            _ => null,
        };
    }

    /// <summary>
    /// RFC 3339 section 5.6: <c>2026-03-17T06:45:00[.123](Z|+08:00)</c>; t, z and a space for T are allowed as the RFC
    /// allows them, digits beyond the millisecond are cut off.
    /// </summary>
    public static string? FromRfc3339(ReadOnlySpan<byte> text, out Instant at)
    {
        at = default;
        if (text.Length < 19 || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ')) return NotRfc3339;
        if (text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') return NotRfc3339;
        if (!Digits(text[..4], out var year) || !Digits(text[5..7], out var month) || !Digits(text[8..10], out var day)
            || !Digits(text[11..13], out var hour) || !Digits(text[14..16], out var minute)
            || !Digits(text[17..19], out var second))
            return NotRfc3339;
        var rest = text[19..];
        if (!Fraction(ref rest, out var millisecond)) return "the fraction of the second has no digits";
        if (rest.IsEmpty) return "it has no offset: end it with Z or, for example, +08:00";
        if (!Offset(rest, out var offset)) return "its offset is neither Z nor like +08:00";
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)) return NoSuchTime;
        if (hour > 23 || minute > 59 || second > 59) return NoSuchTime;
        var local = new DateTime(year, month, day, hour, minute, second, millisecond, DateTimeKind.Unspecified);
        var utc = local.Ticks - offset.Ticks;
        if (utc < DateTime.MinValue.Ticks || utc > DateTime.MaxValue.Ticks) return NoSuchTime;
        at = new Instant(utc / TimeSpan.TicksPerMillisecond + FirstMs);
        return null;
    }

    static bool Fraction(ref ReadOnlySpan<byte> rest, out int millisecond)
    {
        millisecond = 0;
        if (rest.IsEmpty || rest[0] != '.') return true;
        var (digits, weight) = (1, 100);
        while (digits < rest.Length && rest[digits] is >= (byte)'0' and <= (byte)'9')
        {
            millisecond += (rest[digits++] - '0') * weight;
            weight /= 10;
        }
        rest = rest[digits..];
        return digits > 1;
    }

    static bool Offset(ReadOnlySpan<byte> text, out TimeSpan offset)
    {
        offset = default;
        if (text is [(byte)'Z' or (byte)'z']) return true;
        if (text.Length != 6 || text[0] is not ((byte)'+' or (byte)'-') || text[3] != ':') return false;
        if (!Digits(text[1..3], out var hours) || !Digits(text[4..6], out var minutes)) return false;
        if (hours > 23 || minutes > 59) return false;
        offset = new TimeSpan(hours, minutes, 0) * (text[0] == '-' ? -1 : 1);
        return true;
    }

    static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var b in text)
        {
            if (b is < (byte)'0' or > (byte)'9') return false;
            value = value * 10 + (b - '0');
        }
        return true;
    }
}
