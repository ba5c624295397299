using System.Globalization;
using System.Text;
using System.Text.Json;
using EnergyWatch.Domain.Time;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>How a dialect writes a time.</summary>
enum TimeForm
{
    /// <summary>Seconds or milliseconds since 1970: which, its size tells (10 or 13 digits).</summary>
    Epoch,
    EpochS,
    EpochMs,
    Rfc3339,
    /// <summary><c>2018-02-15T17:37:10</c> in the dialect's zone; an offset, where there is one, goes before it.</summary>
    Local,
    /// <summary><c>20151212T121212Z</c>; without Z in the dialect's zone; T may be missing.</summary>
    Compact,
}

/// <summary>
/// The time of an item. One that is absent, null, from before the clock was set, or that a change of clocks makes two or
/// none, is no time: the moment of arrival stands for it, marked so. One that cannot be read is a fault.
/// </summary>
/// <param name="Fields">Where it stands; the first that is there counts.</param>
/// <param name="UnsetBefore">A clock that says less than this was never set.</param>
/// <param name="Own">It must stand in the item itself: that of the message is the moment of sending, not of reading.</param>
/// <param name="Required">Where one of these holds, what has no time is refused: history is never of now.</param>
sealed record TimeRule(
    IReadOnlyList<FieldPath> Fields, IReadOnlyList<TimeForm> Forms, Instant UnsetBefore, bool Own,
    IReadOnlyList<FieldMatch> Required)
{
    /// <summary>At least 100 milliseconds a year from 1973 on; seconds until the year 5138.</summary>
    const double FirstMs = 100_000_000_000, LastMs = 100_000_000_000_000;

    public static TimeRule None { get; } = new([], [], default, false, []);

    /// <summary>True where the moment of arrival cannot stand for it.</summary>
    public bool IsRequired(MessageScope scope) => Own || Required.Any(match => match.Holds(scope));

    /// <summary>The time, or null for that of arrival; the fault in words where there is one.</summary>
    public Instant? Read(MessageScope scope, TimeZoneInfo zone, out string? fault)
    {
        fault = null;
        foreach (var field in Fields)
        {
            if (!(Own ? scope.TryOwn(field, out var found) : scope.TryField(field, out found)) || found.ValueKind == JsonValueKind.Null) continue;
            var text = found.ValueKind switch
            {
                JsonValueKind.Number => found.GetRawText(),
                JsonValueKind.String => JsonText.Of(found),
                _ => null,
            };
            if (text?.Trim().Length == 0) continue;
            fault = $"{field.Text}: {found.ValueKind} is no time";
            if (text is null) return null;
            foreach (var form in Forms)
            {
                fault = Parse(text.Trim(), form, zone, out var at);
                if (fault is null) return at is { } known && known >= UnsetBefore ? known : null;
            }
            fault = $"{field.Text}: {Shown.Text(text)} is {fault}";
            return null;
        }
        return null;
    }

    // Null without a fault: it is a time, but which one cannot be told.
    static string? Parse(string text, TimeForm form, TimeZoneInfo zone, out Instant? at)
    {
        at = null;
        switch (form)
        {
            case TimeForm.Rfc3339: return Rfc3339(text, out at);
            case TimeForm.Local: return Rfc3339(text, out at) is null ? null : Local(text, zone, out at);
            case TimeForm.Compact: return Compact(text, zone, out at);
        }
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || !double.IsFinite(number) || number < 0)
            return "no number of seconds or milliseconds since 1970";
        if (form == TimeForm.Epoch) form = number < FirstMs ? TimeForm.EpochS : TimeForm.EpochMs;
        if (form == TimeForm.EpochS) number *= 1000;
        if (number >= LastMs) return "too large for milliseconds since 1970";
        at = new Instant((long)Math.Round(number, MidpointRounding.AwayFromZero));
        return null;
    }

    static string? Rfc3339(string text, out Instant? at)
    {
        var fault = SentTime.FromRfc3339(Encoding.UTF8.GetBytes(text), out var instant);
        at = fault is null ? instant : null;
        return fault;
    }

    static string? Local(string text, TimeZoneInfo zone, out Instant? at)
    {
        if (Rfc3339(text + "Z", out at) is not null) return "not like 2018-02-15T17:37:10";
        var local = DateTime.SpecifyKind(at!.Value.ToDateTimeOffset().DateTime, DateTimeKind.Unspecified);
        // No offset may lead out of the calendar: at its beginning stands a clock that was never set, at its end no time.
        if (local.Year == 1) return null;
        at = null;
        if (local.Year == 9999) return "at the end of the calendar";
        at = zone.IsInvalidTime(local) || zone.IsAmbiguousTime(local)
            ? null : Instant.From(new DateTimeOffset(local, zone.GetUtcOffset(local)));
        return null;
    }

    static string? Compact(string text, TimeZoneInfo zone, out Instant? at)
    {
        at = null;
        var isUtc = text.EndsWith('Z');
        var digits = text.TrimEnd('Z').Replace("T", "", StringComparison.Ordinal);
        if (digits.Length is not (14 or 17) || !digits.All(char.IsAsciiDigit)) return "not like 20151212T121212Z";
        var spread = $"{digits[..4]}-{digits[4..6]}-{digits[6..8]}T{digits[8..10]}:{digits[10..12]}:{digits[12..14]}"
            + (digits.Length > 14 ? $".{digits[14..]}" : "");
        return isUtc ? Rfc3339(spread + "Z", out at) : Local(spread, zone, out at);
    }
}
