using EnergyWatch.Domain.Time;

namespace EnergyWatch.Analytics.Quotas;

/// <summary>The share of a year's quota that is expected in each month, January first.</summary>
public static class MonthlyPace
{
    /// <summary>
    /// Shares are kept in millionths, so that computing them anew from the same usage gives the very same pace.
    /// </summary>
    const int Parts = 1_000_000;

    /// <summary>
    /// Twelve shares that sum to 1, from a year's usage by month; a month without one counts by its days at the mean
    /// rate of the rest.
    /// </summary>
    public static IReadOnlyList<double> From(int year, IReadOnlyList<double?> months)
    {
        if (months.Count != 12) throw new ArgumentException("A pace is made of twelve months.", nameof(months));
        var days = Enumerable.Range(1, 12).Select(month => DateTime.DaysInMonth(year, month)).ToArray();
        var known = Enumerable.Range(0, 12).Where(month => months[month] is >= 0).ToArray();
        var used = known.Sum(month => months[month]!.Value);
        var rate = used > 0 ? used / known.Sum(month => days[month]) : 1;
        var expected = days
            .Select((count, month) => used > 0 && months[month] is >= 0 and { } amount ? amount : count * rate)
            .ToArray();
        return InParts(expected);
    }

    /// <summary>The share, 0 to 1, of the year's amount that is expected up to the moment.</summary>
    public static double ExpectedAt(IReadOnlyList<double> pace, int year, Instant moment, ReportingCalendar calendar)
    {
        var expected = 0.0;
        for (var month = 1; month <= 12; month++)
        {
            var period = calendar.Month(year, month);
            if (moment >= period.To) expected += pace[month - 1];
            else if (moment > period.From) expected += pace[month - 1] * ((moment - period.From) / period.Length);
        }
        return Math.Min(expected, 1);
    }

    /// <summary>
    /// The first local day by whose end this share of the year's amount is expected; null where that is after the year.
    /// </summary>
    public static DateOnly? DayReaching(IReadOnlyList<double> pace, int year, double share)
    {
        var before = 0.0;
        for (var month = 1; month <= 12; before += pace[month - 1], month++)
        {
            if (pace[month - 1] <= 0 || before + pace[month - 1] < share) continue;
            var days = DateTime.DaysInMonth(year, month);
            var day = (int)Math.Ceiling((share - before) / pace[month - 1] * days);
            return new DateOnly(year, month, Math.Clamp(day, 1, days));
        }
        return null;
    }

    // Largest remainder: what is left after cutting goes to the months that lost most by it, earlier ones first.
    static double[] InParts(double[] amounts)
    {
        var sum = amounts.Sum();
        var exact = amounts.Select(amount => amount / sum * Parts).ToArray();
        var parts = exact.Select(part => (int)Math.Floor(part)).ToArray();
        var left = Parts - parts.Sum();
        var months = Enumerable.Range(0, 12).OrderByDescending(month => exact[month] - parts[month]);
        foreach (var month in months.Take(left)) parts[month]++;
        return [.. parts.Select(part => part / (double)Parts)];
    }
}
