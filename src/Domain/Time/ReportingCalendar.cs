namespace EnergyWatch.Domain.Time;

/// <summary>
/// Calendar arithmetic in the reporting zone: which UTC period a local hour, day, month or year is.
/// A local day is a calendar day there, so it has 23 or 25 hours where the zone changes its clocks.
/// </summary>
public sealed class ReportingCalendar(TimeZoneInfo zone)
{
    // Beyond these no figure is kept, and calendar arithmetic would leave what .NET can say.
    const int FirstYear = 1900;
    const int LastYear = 2199;

    public TimeZoneInfo Zone { get; } = zone;

    /// <summary>The calendar of an IANA zone. Throws <see cref="TimeZoneNotFoundException"/> for an unknown one.</summary>
    public static ReportingCalendar For(string zoneId) => new(TimeZoneInfo.FindSystemTimeZoneById(zoneId));

    public DateTimeOffset Local(Instant moment) => TimeZoneInfo.ConvertTime(moment.ToDateTimeOffset(), Zone);

    public DateOnly DayOf(Instant moment) => DateOnly.FromDateTime(Local(moment).DateTime);

    /// <summary>The start of the local hour that contains the moment.</summary>
    public Instant HourOf(Instant moment)
    {
        var offset = (long)Zone.GetUtcOffset(moment.ToDateTimeOffset()).TotalMilliseconds;
        const long hour = 3_600_000;
        var local = moment.UnixMilliseconds + offset;
        return new Instant(local - ((local % hour) + hour) % hour - offset);
    }

    public Period Hour(Instant moment)
    {
        var start = HourOf(moment);
        return new Period(start, start + TimeSpan.FromHours(1));
    }

    public Period Day(DateOnly day) => Days(day, day.AddDays(1));
    public Period Month(int year, int month) => Days(new DateOnly(year, month, 1), new DateOnly(year, month, 1).AddMonths(1));
    public Period Year(int year) => Days(new DateOnly(year, 1, 1), new DateOnly(year + 1, 1, 1));

    /// <summary>The local days from <paramref name="first"/> up to, not including, <paramref name="end"/>.</summary>
    public Period Days(DateOnly first, DateOnly end) => new(MidnightOf(first), MidnightOf(end));

    /// <summary>The calendar period of this grain that contains the moment; an hour is named by its start in UTC.</summary>
    public NamedPeriod Containing(Instant moment, Grain grain)
    {
        if (grain != Grain.Hour) return Named(DayOf(moment), grain);
        var hour = Hour(moment);
        return new NamedPeriod(hour.From.ToString(), Grain.Hour, DayOf(moment), hour);
    }

    /// <summary>The calendar period of this grain (day or coarser) that contains the day.</summary>
    public NamedPeriod Named(DateOnly day, Grain grain) => grain switch
    {
        Grain.Day => new(PeriodName.Day(day), grain, day, Day(day)),
        Grain.Month => Whole(PeriodName.Month(day), grain, new DateOnly(day.Year, day.Month, 1), 1),
        Grain.Quarter => Whole(PeriodName.Quarter(day), grain, new DateOnly(day.Year, (day.Month - 1) / 3 * 3 + 1, 1), 3),
        Grain.Year => Whole(PeriodName.Year(day), grain, new DateOnly(day.Year, 1, 1), 12),
        _ => throw new ArgumentOutOfRangeException(nameof(grain), grain, "A day does not name an hour."),
    };

    /// <summary>Every calendar period of this grain that overlaps the period, in order, each in its full length.</summary>
    public IEnumerable<NamedPeriod> Split(Period period, Grain grain)
    {
        for (var at = period.From; at < period.To;)
        {
            var part = Containing(at, grain);
            yield return part;
            at = part.Period.To;
        }
    }

    /// <summary>Reads <c>2026</c>, <c>2026-Q3</c>, <c>2026-10</c> or <c>2026-10-05</c>; false for anything else.</summary>
    public bool TryName(string? name, out NamedPeriod named)
    {
        named = null!;
        if (!PeriodName.TryParse(name, out var day, out var grain) || day.Year is < FirstYear or > LastYear) return false;
        named = Named(day, grain);
        return true;
    }

    NamedPeriod Whole(string name, Grain grain, DateOnly first, int months) =>
        new(name, grain, first, Days(first, first.AddMonths(months)));

    // Where clocks are set forward at midnight, the day begins at the first local time that exists.
    Instant MidnightOf(DateOnly day)
    {
        var local = day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Unspecified);
        while (Zone.IsInvalidTime(local)) local = local.AddMinutes(15);
        var offset = Zone.IsAmbiguousTime(local) ? Zone.GetAmbiguousTimeOffsets(local).Max() : Zone.GetUtcOffset(local);
        return Instant.From(new DateTimeOffset(local, offset));
    }
}
