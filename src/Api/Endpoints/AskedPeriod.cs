using System.Globalization;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Api.Endpoints;

/// <summary>The period of a query: <c>from</c> (included) and <c>to</c> (excluded) in RFC 3339, or a calendar name in <c>period</c>.</summary>
sealed record AskedPeriod(string? From, string? To, string? Period)
{
    /// <summary>False with the reason in words when it cannot be read. What is left out ends now and lasts <paramref name="otherwise"/>.</summary>
    public bool TryRead(ReportingCalendar calendar, Instant now, TimeSpan otherwise, out Period period, out string fault)
    {
        period = default;
        fault = "";
        if (Period is not null)
        {
            if (From is not null || To is not null) fault = "Give either period, or from and to.";
            else if (calendar.TryName(Period, out var named)) period = named.Period;
            else fault = $"period=\"{Period}\" is not one of 2026, 2026-Q3, 2026-10, 2026-10-05.";
            return fault.Length == 0;
        }
        if (!TryMoment(To, now, "to", out var to, ref fault) || !TryMoment(From, to - otherwise, "from", out var from, ref fault)) return false;
        if (to < from)
        {
            fault = "from lies after to.";
            return false;
        }
        period = new Period(from, to);
        return true;
    }

    static bool TryMoment(string? text, Instant otherwise, string name, out Instant moment, ref string fault)
    {
        moment = otherwise;
        if (text is null) return true;
        // A plus sign that a client forgot to escape arrives as a space.
        if (DateTimeOffset.TryParse(text.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed))
        {
            moment = Instant.From(parsed);
            return true;
        }
        fault = $"{name}=\"{text}\" is not a time like 2026-03-17T14:45:00+08:00.";
        return false;
    }
}
