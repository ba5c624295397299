using System.Runtime.CompilerServices;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Push;

/// <summary>
/// Reads the times of a file: RFC 3339, or local as spreadsheets write it (<c>2026-03-17 06:45[:00[.123]]</c>,
/// <c>2026/3/17 6:45</c>) where the zone is given. An hour that came twice, or never, when the clocks were set is a
/// fault: which was meant is not known.
/// </summary>
sealed class CsvTimes(TimeZoneInfo? zone)
{
    const long UnixEpochMs = 62_135_596_800_000;
    const string NoOffset = "it has no offset: write 2026-03-17T06:45:00+08:00, or name the zone";

    Text _lastText;
    int _lastLength = -1;
    Instant _last;

    /// <summary>The fault in words, or null.</summary>
    public string? Read(ReadOnlySpan<byte> text, out Instant at)
    {
        // In the long form row after row has the same time.
        if (text.Length == _lastLength && text.SequenceEqual(_lastText[..text.Length]))
        {
            at = _last;
            return null;
        }
        var fault = Parse(text, out at);
        if (fault is not null || text.Length > Text.Length) return fault;
        text.CopyTo(_lastText);
        (_lastLength, _last) = (text.Length, at);
        return null;
    }

    string? Parse(ReadOnlySpan<byte> text, out Instant at)
    {
        at = default;
        if (text.IsEmpty) return "it is empty";
        if (HasOffset(text)) return SentTime.FromRfc3339(text, out at);
        if (!TryLocal(text, out var local))
            return "not a time: write 2026-03-17T06:45:00+08:00, or 2026-03-17 06:45 with a zone";
        if (zone is null) return NoOffset;
        if (zone.IsInvalidTime(local))
            return $"there was no such time in {zone.Id}: the clocks were set forward over it";
        if (zone.IsAmbiguousTime(local))
            return $"it came twice in {zone.Id}, where the clocks were set back: write it with its offset";
        var utc = local.Ticks - zone.GetUtcOffset(local).Ticks;
        if (utc < DateTime.MinValue.Ticks || utc > DateTime.MaxValue.Ticks)
            return "there is no such date or time of day";
        at = new Instant(utc / TimeSpan.TicksPerMillisecond - UnixEpochMs);
        return null;
    }

    static bool HasOffset(ReadOnlySpan<byte> text) =>
        text[^1] is (byte)'Z' or (byte)'z'
        || (text.Length > 16 && text[^3] == ':' && text[^6] is (byte)'+' or (byte)'-');

    static bool TryLocal(ReadOnlySpan<byte> text, out DateTime local)
    {
        local = default;
        var (hour, minute, second, millisecond) = (0, 0, 0, 0);
        if (!Number(ref text, 4, 4, out var year)) return false;
        if (text.IsEmpty || text[0] is not ((byte)'-' or (byte)'/')) return false;
        var separator = text[0];
        if (!Skip(ref text, separator) || !Number(ref text, 1, 2, out var month)) return false;
        if (!Skip(ref text, separator) || !Number(ref text, 1, 2, out var day)) return false;
        if (!Skip(ref text, (byte)'T') && !Skip(ref text, (byte)' ')) return false;
        if (!Number(ref text, 1, 2, out hour)) return false;
        if (!Skip(ref text, (byte)':') || !Number(ref text, 2, 2, out minute)) return false;
        if (Skip(ref text, (byte)':') && !Number(ref text, 2, 2, out second)) return false;
        if (Skip(ref text, (byte)'.') && !Fraction(ref text, out millisecond)) return false;
        if (!text.IsEmpty || year < 1 || month is < 1 or > 12) return false;
        if (day < 1 || day > DateTime.DaysInMonth(year, month)) return false;
        if (hour > 23 || minute > 59 || second > 59) return false;
        local = new DateTime(year, month, day, hour, minute, second, millisecond, DateTimeKind.Unspecified);
        return true;
    }

    static bool Skip(ref ReadOnlySpan<byte> text, byte expected)
    {
        if (text.IsEmpty || text[0] != expected) return false;
        text = text[1..];
        return true;
    }

    static bool Number(ref ReadOnlySpan<byte> text, int fewest, int most, out int value)
    {
        value = 0;
        var digits = 0;
        for (; digits < most && digits < text.Length && text[digits] is >= (byte)'0' and <= (byte)'9'; digits++)
            value = value * 10 + (text[digits] - '0');
        text = text[digits..];
        return digits >= fewest;
    }

    // Digits beyond the millisecond are cut off, as those of RFC 3339 are.
    static bool Fraction(ref ReadOnlySpan<byte> text, out int millisecond)
    {
        var length = text.Length;
        if (!Number(ref text, 1, 3, out millisecond)) return false;
        for (var digits = length - text.Length; digits < 3; digits++) millisecond *= 10;
        while (!text.IsEmpty && text[0] is >= (byte)'0' and <= (byte)'9') text = text[1..];
        return true;
    }

    [InlineArray(Length)]
    struct Text
    {
        public const int Length = 40;
#pragma warning disable IDE0044, IDE0051 // The first element of an inline array.
        byte _first;
#pragma warning restore IDE0044, IDE0051
    }
}
