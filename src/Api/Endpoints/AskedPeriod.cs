using System.Globalization;
using System.Text.RegularExpressions;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary>The period of a query: <c>from</c> (included) and <c>to</c> (excluded) in RFC 3339, or a calendar name in <c>period</c>.</summary>
sealed partial record AskedPeriod(string? From, string? To, string? Period)
{
    /// <summary>False with the reason in words when it cannot be read. What is left out ends now and lasts <paramref name="otherwise"/>.</summary>
    public bool TryRead(ReportingCalendar calendar, Instant now, TimeSpan otherwise, out Period period, out string fault)
    {
        period = default;
        fault = "";
        if (Period is not null)
        {
            if (From is not null || To is not null) fault = "Give either period, or from and to.";
            else if (calendar.TryName(Period, out var named) && IsKnown(named.FirstDay)) period = named.Period;
            else fault = $"period=\"{Period}\" is not one of 2026, 2026-Q3, 2026-10, 2026-10-05.";
            return fault.Length == 0;
        }
        if (!TryMoment(To, now, "to", calendar, out var to, ref fault) || !TryMoment(From, to - otherwise, "from", calendar, out var from, ref fault)) return false;
        if (to < from)
        {
            fault = "from lies after to.";
            return false;
        }
        period = new Period(from, to);
        return true;
    }

    // A plain day begins at midnight of the reporting zone; a time must say its offset, because guessing one shifts a day by hours.
    static bool TryMoment(string? text, Instant otherwise, string name, ReportingCalendar calendar, out Instant moment, ref string fault)
    {
        moment = otherwise;
        if (text is null) return true;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && IsKnown(day))
        {
            moment = calendar.Day(day).From;
            return true;
        }
        // A plus sign that a client forgot to escape arrives as a space.
        var spelled = text.Replace(' ', '+');
        if (WithOffset().IsMatch(spelled) && DateTimeOffset.TryParse(spelled, CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed)
            && IsKnown(DateOnly.FromDateTime(parsed.UtcDateTime)))
        {
            moment = Instant.From(parsed);
            return true;
        }
        fault = $"{name}=\"{text}\" is neither a day like 2026-03-17 nor a time with its offset like 2026-03-17T14:45:00+08:00, from 2000 to 2100.";
        return false;
    }

    static bool IsKnown(DateOnly day) => day.Year is >= 2000 and <= 2100;

    [GeneratedRegex(@"T.*(Z|[+-]\d\d:?\d\d)$", RegexOptions.IgnoreCase)]
    private static partial Regex WithOffset();
}
