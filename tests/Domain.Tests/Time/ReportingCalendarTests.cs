using EnergyWatch.Domain.Time;
using EnergyWatch.Support;

namespace EnergyWatch.Domain.Tests.Time;

public sealed class ReportingCalendarTests
{
    static readonly ReportingCalendar Shanghai = Some.Calendar;
    static readonly ReportingCalendar Berlin = ReportingCalendar.For("Europe/Berlin");

    [Theory]
    [InlineData("2026-03-16T15:59:59.999Z", "2026-03-16")]
    [InlineData("2026-03-16T16:00:00.000Z", "2026-03-17")]
    public void A_day_begins_at_midnight_of_the_reporting_zone(string at, string day) =>
        Assert.Equal(DateOnly.ParseExact(day, "yyyy-MM-dd"), Shanghai.DayOf(Some.At(at)));

    [Fact]
    public void A_day_is_half_open()
    {
        var day = Shanghai.Day(new DateOnly(2026, 3, 17));
        Assert.Equal(Some.At("2026-03-16T16:00:00Z"), day.From);
        Assert.True(day.Contains(day.From));
        Assert.False(day.Contains(day.To));
    }

    [Theory]
    [InlineData("2026-03-29", 23)]
    [InlineData("2026-10-25", 25)]
    [InlineData("2026-06-01", 24)]
    public void A_day_has_as_many_hours_as_its_clocks_show(string day, int hours)
    {
        var period = Berlin.Day(DateOnly.ParseExact(day, "yyyy-MM-dd"));
        Assert.Equal(hours, period.Length.TotalHours);
        Assert.Equal(hours, Berlin.Split(period, Grain.Hour).Count());
    }

    [Fact]
    public void A_day_whose_midnight_does_not_exist_begins_at_the_first_moment_that_does()
    {
        // Clocks went from 23:59:59 to 01:00:00 in Santiago on 2022-09-11.
        var day = ReportingCalendar.For("America/Santiago").Day(new DateOnly(2022, 9, 11));
        Assert.Equal(Some.At("2022-09-11T04:00:00Z"), day.From);
        Assert.Equal(23, day.Length.TotalHours);
    }

    [Fact]
    public void An_hour_is_a_local_hour_also_where_zones_lie_half_an_hour_off() =>
        Assert.Equal(Some.At("2026-03-17T06:30:00Z"), ReportingCalendar.For("Asia/Kolkata").HourOf(Some.At("2026-03-17T07:10:00Z")));

    [Theory]
    [InlineData("2026", Grain.Year, "2025-12-31T16:00:00Z", "2026-12-31T16:00:00Z")]
    [InlineData("2026-Q3", Grain.Quarter, "2026-06-30T16:00:00Z", "2026-09-30T16:00:00Z")]
    [InlineData("2026-10", Grain.Month, "2026-09-30T16:00:00Z", "2026-10-31T16:00:00Z")]
    [InlineData("2026-10-05", Grain.Day, "2026-10-04T16:00:00Z", "2026-10-05T16:00:00Z")]
    public void A_period_is_read_by_its_name(string name, Grain grain, string from, string to)
    {
        Assert.True(Shanghai.TryName(name, out var named));
        Assert.Equal((name, grain, new Period(Some.At(from), Some.At(to))), (named.Name, named.Grain, named.Period));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("26")]
    [InlineData("2026-13")]
    [InlineData("2026-Q5")]
    [InlineData("2026-Q0")]
    [InlineData("2026-02-30")]
    [InlineData("2026-1-1")]
    [InlineData("abcd")]
    public void Another_name_is_refused(string? name) => Assert.False(Shanghai.TryName(name, out _));

    [Fact]
    public void The_months_of_a_year_join_without_gap_or_overlap()
    {
        var year = Shanghai.Year(2026);
        var months = Shanghai.Split(year, Grain.Month).ToList();
        Assert.Equal(12, months.Count);
        Assert.Equal(year.From, months[0].Period.From);
        Assert.Equal(year.To, months[^1].Period.To);
        Assert.All(months.Zip(months.Skip(1)), pair => Assert.Equal(pair.First.Period.To, pair.Second.Period.From));
    }

    [Fact]
    public void A_period_cannot_end_before_it_begins() =>
        Assert.Throws<ArgumentException>(() => new Period(new Instant(2), new Instant(1)));
}
